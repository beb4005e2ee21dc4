export { Catalog } from "./catalog.ts";
export { Database, Server } from "./database.ts";
export { define } from "./define.ts";
export type { Txn } from "./heap.ts";
export { Session } from "./session.ts";
export { NotModelled, SqlError } from "./values.ts";
