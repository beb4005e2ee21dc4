import { Dialog, IconButton } from "@souk/ui";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Menu, ShoppingBag, User } from "lucide-react";
import { useState } from "react";
import { useCartCount } from "../api/cart.ts";
import { categoriesQuery } from "../api/queries.ts";
import { useSignedIn } from "../api/session.ts";
import { useWords } from "../i18n/index.tsx";
import { pages } from "../pages.ts";
import { SearchBox } from "./search-box.tsx";

export const Logo = () => (
  <svg viewBox="0 0 32 32" width="30" height="30" aria-hidden="true">
    <rect width="32" height="32" rx="8" fill="var(--accent)" />
    <path
      d="M7 26V15c0-5.5 4-9.5 9-9.5s9 4 9 9.5v11h-5V16c0-2.6-1.6-4.6-4-4.6s-4 2-4 4.6v10z"
      fill="var(--on-accent)"
    />
  </svg>
);

export function Header() {
  const { t, n } = useWords();
  const count = useCartCount();
  const signedIn = useSignedIn();
  const [menu, setMenu] = useState(false);
  const { data: categories = [] } = useQuery(categoriesQuery);
  const top = categories.filter(({ parent, products }) => parent === null && products > 0).slice(0, 8);

  return (
    <header className="header">
      <div className="header-bar page">
        <span className="header-menu">
          <IconButton label={t("nav.menu")} onClick={() => setMenu(true)}>
            <Menu size={22} aria-hidden="true" />
          </IconButton>
        </span>
        <Link to={pages.home} className="brand">
          <Logo />
          <span>Souk</span>
        </Link>
        <SearchBox />
        <nav className="header-tools" aria-label={t("nav.yours")}>
          <Link
            to={signedIn ? pages.account : pages.signIn}
            className="icon-button"
            aria-label={signedIn ? t("nav.account") : t("nav.signIn")}
            title={signedIn ? t("nav.account") : t("nav.signIn")}
          >
            <User size={22} aria-hidden="true" />
          </Link>
          <Link to={pages.cart} className="icon-button" aria-label={n("nav.cart", count)} title={n("nav.cart", count)}>
            <ShoppingBag size={22} aria-hidden="true" />
            {count > 0 && (
              <span className="header-count numeric" aria-hidden="true">
                {count > 99 ? "99+" : count}
              </span>
            )}
          </Link>
        </nav>
      </div>
      <nav className="header-categories page" aria-label={t("nav.categories")}>
        {top.map(({ slug, name }) => (
          <Link key={slug} to={pages.category} params={{ category: slug }} className="header-category">
            {name}
          </Link>
        ))}
      </nav>
      {menu && (
        <Dialog side="left" title={t("nav.menu")} closeLabel={t("close")} onClose={() => setMenu(false)}>
          <ul className="menu">
            <li>
              <Link to={pages.search} search={{ sort: "newest" }} onClick={() => setMenu(false)}>
                {t("nav.new")}
              </Link>
            </li>
            {top.map(({ slug, name }) => (
              <li key={slug}>
                <Link to={pages.category} params={{ category: slug }} onClick={() => setMenu(false)}>
                  {name}
                </Link>
              </li>
            ))}
            <li>
              <Link to={signedIn ? pages.account : pages.signIn} onClick={() => setMenu(false)}>
                {signedIn ? t("nav.account") : t("nav.signIn")}
              </Link>
            </li>
          </ul>
        </Dialog>
      )}
    </header>
  );
}
