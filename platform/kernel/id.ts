/**
 * Before and after every other one (RFC 9562 §5.9, §5.10): where reading in pages begins and ends. `$1 is null or id > $1` instead is
 * no condition of an index once PostgreSQL has a generic plan, and each page would be read from the first row on.
 */
export const nilUuid = "00000000-0000-0000-0000-000000000000";
export const maxUuid = "ffffffff-ffff-ffff-ffff-ffffffffffff";

/** `random` yields 16 bytes; only the last 10 are used. */
export type RandomBytes = () => Uint8Array;

/** UUIDv7 (RFC 9562 §5.7): time-ordered, so primary keys append to the right edge of their B-tree. */
export function uuidv7(epochMs: number, random: RandomBytes): string {
  const bytes = random();
  const hex = (byte: number) => byte.toString(16).padStart(2, "0");
  const time = Math.floor(epochMs).toString(16).padStart(12, "0");
  const tail = Array.from(bytes.subarray(6, 16), (byte, i) => {
    if (i === 0) return hex(0x70 | (byte & 0x0f)); // version 7
    if (i === 2) return hex(0x80 | (byte & 0x3f)); // variant
    return hex(byte);
  }).join("");
  return `${time.slice(0, 8)}-${time.slice(8)}-${tail.slice(0, 4)}-${tail.slice(4, 8)}-${tail.slice(8)}`;
}
