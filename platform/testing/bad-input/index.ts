export { isPassing, mistakeIn, mistakeInProblem } from "./judge.ts";
export { type Operation, operationsIn } from "./operations.ts";
export { bytesOf, type Request, shellLine } from "./request.ts";
export { type Given, validRequest } from "./sound-request.ts";
export { NoAnswer, readAnswer, type Wire, type WireAnswer, wire } from "./wire.ts";
export { type WrongRequest, wrongRequests } from "./wrong-request.ts";
