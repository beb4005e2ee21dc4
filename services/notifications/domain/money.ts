import type { Money } from "@souk/kernel";
import type { Locale } from "./locale.ts";

const maxCurrencies = 500;
/** Asking Intl takes 50 µs, and there are few currencies. */
const digits = new Map<string, number>();

function digitsOf(currency: string): number {
  const known = digits.get(currency);
  if (known !== undefined) return known;
  const found = digitsSaid(currency);
  if (digits.size < maxCurrencies) digits.set(currency, found);
  return found;
}

const digitsSaid = (currency: string): number => {
  try {
    const { maximumFractionDigits } = new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions();
    return maximumFractionDigits ?? 2;
  } catch (error) {
    if (error instanceof RangeError) return 2; // no currency at all: written like most
    throw error;
  }
};

/** `{ amount: 199900, currency: "EUR" }` → "1,999.00 EUR", in German "1.999,00 EUR". Exact to the minor unit. */
export function formatMoney({ amount, currency }: Money, locale: Locale): string {
  const places = digitsOf(currency);
  const figures = String(Math.abs(amount)).padStart(places + 1, "0");
  const [group, point] = locale === "de" ? [".", ","] : [",", "."];
  const whole = figures.slice(0, figures.length - places).replace(/\B(?=(\d{3})+$)/g, group);
  const fraction = places === 0 ? "" : `${point}${figures.slice(-places)}`;
  return `${amount < 0 ? "-" : ""}${whole}${fraction} ${currency}`;
}
