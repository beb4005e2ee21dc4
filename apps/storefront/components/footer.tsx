import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { categoriesQuery } from "../api/queries.ts";
import { useWords } from "../i18n/index.tsx";
import { pages } from "../pages.ts";
import {
  type Currency,
  currencies,
  type Locale,
  locales,
  prefer,
  type Theme,
  useCurrency,
  useLocale,
  useTheme,
} from "../state/preferences.ts";
import { Logo } from "./header.tsx";

const languageNames: Readonly<Record<Locale, string>> = { en: "English", de: "Deutsch" };
const themes: readonly Theme[] = ["system", "light", "dark"];

export function Footer() {
  const { t } = useWords();
  const locale = useLocale();
  const currency = useCurrency();
  const theme = useTheme();
  const { data: categories = [] } = useQuery(categoriesQuery);
  return (
    <footer className="footer">
      <div className="footer-columns page">
        <div className="footer-brand">
          <span className="brand">
            <Logo />
            <span>Souk</span>
          </span>
          <p className="soft small">{t("footer.about")}</p>
        </div>
        <nav aria-label={t("footer.shop")}>
          <h2 className="footer-title">{t("footer.shop")}</h2>
          <ul className="footer-links">
            {categories
              .filter(({ parent, products }) => parent === null && products > 0)
              .slice(0, 8)
              .map(({ slug, name }) => (
                <li key={slug}>
                  <Link to={pages.category} params={{ category: slug }}>
                    {name}
                  </Link>
                </li>
              ))}
          </ul>
        </nav>
        <nav aria-label={t("footer.yours")}>
          <h2 className="footer-title">{t("footer.yours")}</h2>
          <ul className="footer-links">
            <li>
              <Link to={pages.account}>{t("nav.account")}</Link>
            </li>
            <li>
              <Link to={pages.cart}>{t("cart.title")}</Link>
            </li>
            <li>
              <a href="/docs">{t("footer.api")}</a>
            </li>
            <li>
              <a href="/status">{t("footer.status")}</a>
            </li>
          </ul>
        </nav>
        <div className="footer-choices">
          <label className="field">
            <span className="field-label">{t("footer.language")}</span>
            <select
              className="input"
              value={locale}
              onChange={(event) => prefer({ locale: event.target.value as Locale })} // as: the options are these
            >
              {locales.map((one) => (
                <option key={one} value={one} lang={one}>
                  {languageNames[one]}
                </option>
              ))}
            </select>
          </label>
          <label className="field">
            <span className="field-label">{t("footer.currency")}</span>
            <select
              className="input"
              value={currency}
              onChange={(event) => prefer({ currency: event.target.value as Currency })} // as: the options are these
            >
              {currencies.map((one) => (
                <option key={one} value={one}>
                  {t(`currency.${one}`)}
                </option>
              ))}
            </select>
          </label>
          <label className="field">
            <span className="field-label">{t("footer.theme")}</span>
            <select
              className="input"
              value={theme}
              onChange={(event) => prefer({ theme: event.target.value as Theme })} // as: the options are these
            >
              {themes.map((one) => (
                <option key={one} value={one}>
                  {t(`theme.${one}`)}
                </option>
              ))}
            </select>
          </label>
        </div>
      </div>
    </footer>
  );
}
