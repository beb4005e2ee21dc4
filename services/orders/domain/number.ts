/** Crockford's base 32: no I, L, O or U, so that it survives a telephone. */
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/**
 * An order's number for people, "7K3M9-Q2XHT", from the random tail of its UUIDv7: 50 bits, unique among a million orders with
 * 0.04 % doubt; the read model's unique index settles the doubt by failing the placement, which is then tried with a new id.
 */
export function orderNumber(orderId: string): string {
  let bits = BigInt(`0x${orderId.replaceAll("-", "").slice(-13)}`);
  let digits = "";
  for (let i = 0; i < 10; i++) {
    digits = alphabet.charAt(Number(bits & 31n)) + digits;
    bits >>= 5n;
  }
  return `${digits.slice(0, 5)}-${digits.slice(5)}`;
}

/** As an order's number is kept, of what somebody typed: in any case, with or without the dash, and with the letters that are none of ours. */
export function readNumber(typed: string): string {
  const digits = typed.toUpperCase().replace("-", "").replace(/[IL]/g, "1").replaceAll("O", "0");
  return `${digits.slice(0, 5)}-${digits.slice(5)}`;
}
