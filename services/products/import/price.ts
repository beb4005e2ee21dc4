/** Asking Intl takes some 20 µs, as long as all the rest of a line; there are 17,576 codes at most. */
const known = new Map<string, number>();

/** Digits after the point: 2 for EUR, 0 for JPY, 3 for KWD. Undefined for what is no currency. */
export function fractionDigits(currency: string): number | undefined {
  const digits = known.get(currency);
  if (digits !== undefined || !/^[A-Z]{3}$/.test(currency)) return digits;
  const { maximumFractionDigits = 2 } = new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions();
  known.set(currency, maximumFractionDigits);
  return maximumFractionDigits;
}

/**
 * A price as a shopkeeper writes it, in minor units: `19.99` EUR → 1999. Undefined when it is no plain decimal number or has more digits
 * than the currency.
 */
export function minorUnits(price: string, digits: number): number | undefined {
  const [, whole, fraction = ""] = /^(\d{1,10})(?:\.(\d{1,4}))?$/.exec(price) ?? [];
  if (whole === undefined || /[1-9]/.test(fraction.slice(digits))) return undefined;
  return Number(whole + fraction.slice(0, digits).padEnd(digits, "0"));
}
