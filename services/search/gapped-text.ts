import { hash } from "node:crypto";

/** A text in UTF-8 with gaps, which are filled with something else now and then. Written once, and again only where it changes. */
export class GappedText {
  /** The whole of it, as it was filled last. */
  bytes: Buffer;
  /** Stands for what is in `bytes`: the same in all processes. */
  tag = "";
  /** Of each gap: its begin and its end. */
  readonly #gaps: number[] = [];

  /** @param pieces what stands before, between and behind the gaps: one more than there are gaps, which are empty at first */
  constructor(pieces: readonly string[]) {
    // Of its own: one out of Node's pool would keep its neighbours in memory for as long as it lives.
    this.bytes = Buffer.allocUnsafeSlow(pieces.reduce((sum, piece) => sum + Buffer.byteLength(piece), 0));
    let at = 0;
    for (const [i, piece] of pieces.entries()) {
      if (i > 0) this.#gaps.push(at, at);
      at += this.bytes.write(piece, at);
    }
    this.fill(pieces.slice(1).map(() => ""));
  }

  /** @param texts ASCII, one for each gap */
  fill(texts: readonly string[]): void {
    const { bytes: before } = this;
    const gaps = this.#gaps;
    let length = before.length;
    for (const [i, text] of texts.entries()) length += text.length - ((gaps[2 * i + 1] ?? 0) - (gaps[2 * i] ?? 0));
    const bytes = Buffer.allocUnsafeSlow(length);
    let from = 0;
    let at = 0;
    for (const [i, text] of texts.entries()) {
      at += before.copy(bytes, at, from, gaps[2 * i]);
      from = gaps[2 * i + 1] ?? 0;
      gaps[2 * i] = at;
      at += bytes.write(text, at, "latin1");
      gaps[2 * i + 1] = at;
    }
    before.copy(bytes, at, from);
    this.bytes = bytes;
    this.tag = hash("sha256", bytes, "base64url").slice(0, 22);
  }
}
