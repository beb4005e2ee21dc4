export { csvTable, type Row } from "./csv-table.ts";
export { jsonLines } from "./json-lines.ts";
export { fieldErrors, type Refused, UnusableLine } from "./record-text.ts";
