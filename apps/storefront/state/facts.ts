/** What whoever served this page says about the shop; Vite's own server says nothing. */
const said = document.querySelector<HTMLMetaElement>('meta[name="souk"]')?.content ?? "development";

/** Test cards work, and only here. */
export const isDevelopment = said === "development";
