/**
 * The fields of one record (RFC 4180). `unfinished`: a quoted field goes on in the next line. `malformed`: a quote closed before the field
 * ended. A quote inside an unquoted field is a character like any other (`5" pipe`).
 */
export function parseRecord(text: string, delimiter: string): string[] | "unfinished" | "malformed" {
  const fields: string[] = [];
  for (let at = 0; ; ) {
    if (text[at] !== '"') {
      const end = text.indexOf(delimiter, at);
      if (end === -1) return [...fields, text.slice(at).trim()];
      fields.push(text.slice(at, end).trim());
      at = end + 1;
      continue;
    }
    let value = "";
    for (let from = at + 1; ; ) {
      const quote = text.indexOf('"', from);
      if (quote === -1) return "unfinished";
      value += text.slice(from, quote);
      if (text[quote + 1] !== '"') {
        at = quote + 1;
        break;
      }
      value += '"';
      from = quote + 2;
    }
    fields.push(value);
    if (at === text.length) return fields;
    if (text[at] !== delimiter) return "malformed";
    at++;
  }
}

/** The separator a header is written with: spreadsheets of half the world write semicolons. */
export const delimiterOf = (header: string): string =>
  [",", ";", "\t"].toSorted((a, b) => header.split(b).length - header.split(a).length)[0] ?? ",";
