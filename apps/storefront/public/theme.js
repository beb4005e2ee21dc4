// Before anything is painted: the theme and the language that were chosen last time.
try {
  const { theme, locale } = JSON.parse(localStorage.getItem("souk.preferences") ?? "{}");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  if (locale === "de") document.documentElement.lang = "de";
} catch {
  // Storage that is blocked or broken: the system's own choice stands.
}
