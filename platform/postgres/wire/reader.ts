const HEADER = 5;

/** What `onMessage` gets is only valid until it returns: `start` and `end` bound the message's body in `bytes`. */
export type OnMessage = (code: number, bytes: Buffer, start: number, end: number) => void;

/**
 * Cuts what arrives into messages: one byte of code, four of length, the body. A large one is put together once, when all of it is there.
 * The function throws when what it is given are no messages.
 */
export function messageReader(onMessage: OnMessage): (chunk: Buffer) => void {
  let chunks: Buffer[] = [];
  let arrived = 0;
  let needed = HEADER;
  return (chunk) => {
    chunks.push(chunk);
    arrived += chunk.length;
    if (arrived < needed) return;
    const bytes = chunks.length === 1 ? chunk : Buffer.concat(chunks, arrived);
    let at = 0;
    needed = HEADER;
    while (at + HEADER <= bytes.length) {
      const end = at + 1 + bytes.readInt32BE(at + 1);
      if (end < at + HEADER) throw new RangeError("a message says that it is shorter than its own length");
      if (end > bytes.length) {
        needed = end - at;
        break;
      }
      onMessage(bytes[at] ?? 0, bytes, at + HEADER, end);
      at = end;
    }
    chunks = at === bytes.length ? [] : [bytes.subarray(at)];
    arrived = bytes.length - at;
  };
}

type Column = { readonly name: string; readonly parse: (text: string) => unknown };
/** Makes the object of one row. */
export type ReadRow = (bytes: Buffer, start: number) => Record<string, unknown>;

/** @param bytes holds a RowDescription from `start` on */
export function rowReader(bytes: Buffer, start: number, parserOf: (oid: number) => Column["parse"]): ReadRow {
  const columns: Column[] = [];
  let at = start + 2;
  for (let left = bytes.readUInt16BE(start); left > 0; left--) {
    const end = bytes.indexOf(0, at);
    columns.push({ name: bytes.toString("utf8", at, end), parse: parserOf(bytes.readInt32BE(end + 7)) });
    at = end + 19;
  }
  return (row, from) => {
    const values: Record<string, unknown> = {};
    let here = from + 2;
    for (const { name, parse } of columns) {
      const length = row.readInt32BE(here);
      here += 4;
      if (length === -1) values[name] = null;
      else {
        values[name] = parse(row.toString("utf8", here, here + length));
        here += length;
      }
    }
    return values;
  };
}

/** An ErrorResponse's fields by their one-letter codes: https://www.postgresql.org/docs/current/protocol-error-fields.html */
export function errorFields(bytes: Buffer, start: number): Map<string, string> {
  const fields = new Map<string, string>();
  for (let at = start; bytes[at] !== 0; ) {
    const end = bytes.indexOf(0, at + 1);
    fields.set(String.fromCharCode(bytes[at] ?? 0), bytes.toString("utf8", at + 1, end));
    at = end + 1;
  }
  return fields;
}
