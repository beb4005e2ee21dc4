/** A line longer than this is no product: it is dropped as it comes in, and reported. */
const maxLineBytes = 256 * 1024;

export type FileLine = {
  /** Counted from 1. */
  readonly number: number;
  /** Without its end; undefined when the line was too long to be kept. */
  readonly bytes: Buffer | undefined;
};

const newline = 0x0a;
const carriageReturn = 0x0d;

/** The lines of a file as they arrive, at the reader's pace. Holds one line and one chunk, whatever the size of the file. */
export async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<FileLine> {
  let kept: Buffer[] = [];
  let length = 0;
  let number = 1;
  const keep = (piece: Buffer) => {
    length += piece.length;
    if (length <= maxLineBytes) kept.push(piece);
    else kept = [];
  };
  const take = (): FileLine => {
    const bytes = length > maxLineBytes ? undefined : trimEnd(Buffer.concat(kept, length));
    kept = [];
    length = 0;
    return { number: number++, bytes };
  };

  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      keep(chunk.subarray(start, end));
      start = end + 1;
      yield take();
    }
    // A copy: the chunk's memory is its sender's again once we ask for the next.
    if (start < chunk.length) keep(Buffer.from(chunk.subarray(start)));
  }
  if (length > 0) yield take();
}

const trimEnd = (line: Buffer) => (line.at(-1) === carriageReturn ? line.subarray(0, -1) : line);
