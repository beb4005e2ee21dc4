/** A parameter as it is sent: text, bytes, or null. */
export type Encoded = string | Uint8Array | null;

/**
 * Collects messages of the extended query protocol, so that a turn's statements leave in one write.
 * https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export class MessageWriter {
  #bytes = Buffer.allocUnsafe(4_096);
  #end = 0;
  #start = 0;

  get isEmpty(): boolean {
    return this.#end === 0;
  }

  /** Prepares `text` under `name`. */
  parse(name: string, text: string): void {
    this.#begin(0x50);
    this.#cString(name);
    this.#cString(text);
    this.#int16(0); // types of parameters: PostgreSQL finds them out
    this.#finish();
  }

  /** Asks for the columns that the statement answers. */
  describe(name: string): void {
    this.#begin(0x44);
    this.#byte(0x53);
    this.#cString(name);
    this.#finish();
  }

  /** Text in both directions, except for bytes, which go as they are. */
  bind(name: string, values: readonly Encoded[]): void {
    this.#begin(0x42);
    this.#byte(0); // the unnamed portal
    this.#cString(name);
    const binary = values.some((value) => typeof value === "object" && value !== null);
    this.#int16(binary ? values.length : 0);
    if (binary) for (const value of values) this.#int16(typeof value === "object" && value !== null ? 1 : 0);
    this.#int16(values.length);
    for (const value of values) this.#value(value);
    this.#int16(0);
    this.#finish();
  }

  /** Runs what was bound, to its last row. */
  execute(): void {
    this.#begin(0x45);
    this.#byte(0);
    this.#int32(0);
    this.#finish();
  }

  /** Ends what is to be undone together when part of it fails; answered by ReadyForQuery. */
  sync(): void {
    this.#begin(0x53);
    this.#finish();
  }

  /** What was collected, once. */
  take(): Buffer {
    const taken = Buffer.allocUnsafe(this.#end);
    this.#bytes.copy(taken, 0, 0, this.#end);
    this.#end = 0;
    if (this.#bytes.length > 1 << 20) this.#bytes = Buffer.allocUnsafe(4_096);
    return taken;
  }

  #begin(code: number): void {
    this.#byte(code);
    this.#start = this.#end;
    this.#int32(0);
  }

  #finish(): void {
    this.#bytes.writeInt32BE(this.#end - this.#start, this.#start);
  }

  #room(bytes: number): void {
    if (this.#end + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#end + bytes));
    this.#bytes.copy(larger, 0, 0, this.#end);
    this.#bytes = larger;
  }

  #byte(value: number): void {
    this.#room(1);
    this.#bytes[this.#end++] = value;
  }

  #int16(value: number): void {
    this.#room(2);
    this.#end = this.#bytes.writeUInt16BE(value, this.#end);
  }

  #int32(value: number): void {
    this.#room(4);
    this.#end = this.#bytes.writeInt32BE(value, this.#end);
  }

  #cString(text: string): void {
    this.#room(text.length * 3 + 1);
    this.#end += this.#bytes.write(text, this.#end, "utf8");
    this.#bytes[this.#end++] = 0;
  }

  #value(value: Encoded): void {
    if (value === null) {
      this.#int32(-1);
      return;
    }
    if (typeof value === "string") {
      this.#room(4 + value.length * 3);
      const length = this.#bytes.write(value, this.#end + 4, "utf8");
      this.#bytes.writeInt32BE(length, this.#end);
      this.#end += 4 + length;
      return;
    }
    this.#int32(value.length);
    this.#room(value.length);
    this.#bytes.set(value, this.#end);
    this.#end += value.length;
  }
}
