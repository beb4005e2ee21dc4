import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import { part } from "../state/parts.ts";
import { type Locale, localeNow, useLocale } from "../state/preferences.ts";
import { en } from "./en.ts";

export type Key = keyof typeof en;
export type Messages = Readonly<Record<Key, string>>;
type Values = Readonly<Record<string, string | number>>;
type PluralKey = { [K in Key]: K extends `${infer Stem}_other` ? Stem : never }[Key];
type Money = { readonly amount: number; readonly currency: string };

/** English is there from the start; another language is fetched by whoever wants it. */
async function messagesOf(locale: Locale): Promise<Messages> {
  if (locale === "de") return (await part(() => import("./de.ts"))).de;
  return en;
}

export type Words = ReturnType<typeof words>;

/** Everything that depends on the reader's language. Currency and region formats follow the browser's own variant of it. */
function words(locale: Locale, messages: Messages) {
  const region = navigator.languages?.find((language) => language.toLowerCase().startsWith(locale)) ?? locale;
  const plurals = new Intl.PluralRules(region);
  const moneyFormats = new Map<string, Intl.NumberFormat>();
  const moneyFormat = (currency: string) => {
    const known = moneyFormats.get(currency) ?? new Intl.NumberFormat(region, { style: "currency", currency });
    moneyFormats.set(currency, known);
    return known;
  };
  const dateFormat = new Intl.DateTimeFormat(region, { dateStyle: "long" });
  const timeFormat = new Intl.DateTimeFormat(region, { dateStyle: "medium", timeStyle: "short" });
  const clockFormat = new Intl.DateTimeFormat(region, { timeStyle: "short" });
  const dayFormat = new Intl.DateTimeFormat(region, { weekday: "short", day: "numeric", month: "short" });
  const countryNames = new Intl.DisplayNames([region], { type: "region" });
  const numbers = new Intl.NumberFormat(region);
  const fill = (text: string, values: Values = {}) =>
    text.replace(/\{(\w+)\}/g, (_, name: string) => {
      const value = values[name] ?? "";
      return typeof value === "number" ? numbers.format(value) : value;
    });
  const t = (key: Key, values?: Values) => fill(messages[key], values);
  return {
    locale,
    region,
    t,
    /** Whether there are words for something that came from the shop. */
    has: (key: string): key is Key => Object.hasOwn(messages, key),
    /** The text for so many: `key_one`, `key_other`. */
    n(key: PluralKey, count: number, values?: Values) {
      const form = `${key}_${plurals.select(count)}`;
      return t((form in messages ? form : `${key}_other`) as Key, { count, ...values }); // as: see the line itself
    },
    money({ amount, currency }: Money) {
      const format = moneyFormat(currency);
      return format.format(amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
    },
    date: (instant: string) => dateFormat.format(new Date(instant)),
    time: (instant: string) => timeFormat.format(new Date(instant)),
    clock: (instant: string) => clockFormat.format(new Date(instant)),
    day: (date: Date) => dayFormat.format(date),
    country: (code: string) => countryNames.of(code) ?? code,
    number: (value: number) => numbers.format(value),
  };
}

const Context = createContext<Words>(words("en", en));
export const useWords = (): Words => useContext(Context);

/** Fetched before the first thing is drawn. */
export const firstMessages = (): Promise<Messages> => messagesOf(localeNow());

export function Language({ first, children }: { readonly first: Messages; readonly children: ReactNode }) {
  const locale = useLocale();
  const [messages, setMessages] = useState({ locale, texts: first });
  useEffect(() => {
    let wanted = true;
    void messagesOf(locale).then((texts) => wanted && setMessages({ locale, texts }));
    return () => {
      wanted = false;
    };
  }, [locale]);
  useEffect(() => {
    document.documentElement.lang = messages.locale;
  }, [messages.locale]);
  const value = useMemo(() => words(messages.locale, messages.texts), [messages]);
  return <Context value={value}>{children}</Context>;
}
