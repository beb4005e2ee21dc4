export type Locale = "en" | "de";
