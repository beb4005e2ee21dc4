import { useSyncExternalStore } from "react";
import { stored } from "../api/stored.ts";

export const locales = ["en", "de"] as const;
export type Locale = (typeof locales)[number];
export const currencies = ["EUR", "GBP"] as const;
export type Currency = (typeof currencies)[number];
export type Theme = "system" | "light" | "dark";

type Preferences = { readonly locale?: Locale; readonly currency?: Currency; readonly theme?: Theme };
const preferences = stored<Preferences>("souk.preferences", {});

const german = /^de\b/i;
const british = /^en-GB\b/i;

/** What was chosen, or else what the browser says of its owner. */
const chosen = () => {
  const { locale, currency, theme } = preferences.get();
  const language = navigator.language ?? "en";
  return {
    locale: locale ?? (german.test(language) ? "de" : "en"),
    currency: currency ?? (british.test(language) ? "GBP" : "EUR"),
    theme: theme ?? "system",
  } as const;
};

export const localeNow = (): Locale => chosen().locale;
export const currencyNow = (): Currency => chosen().currency;

export const useLocale = (): Locale => useSyncExternalStore(preferences.subscribe, localeNow);
export const useCurrency = (): Currency => useSyncExternalStore(preferences.subscribe, currencyNow);
export const useTheme = (): Theme => useSyncExternalStore(preferences.subscribe, () => chosen().theme);

export function prefer(change: Preferences): void {
  preferences.set({ ...preferences.get(), ...change });
  const { theme } = chosen();
  if (theme === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
}
