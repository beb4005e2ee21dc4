import { Toasts } from "@souk/ui";
import { Outlet, useRouterState } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { ArtLight } from "../art/artwork.tsx";
import { useWords } from "../i18n/index.tsx";
import { Footer } from "./footer.tsx";
import { Header } from "./header.tsx";
import { OutageBanner } from "./outage.tsx";

/** What stands around every page. */
export function Shell() {
  const { t } = useWords();
  const main = useRef<HTMLElement>(null);
  const path = useRouterState({ select: ({ resolvedLocation, location }) => (resolvedLocation ?? location).pathname });
  const first = useRef(path);
  // Whoever does not see that there is another page is taken to it.
  useEffect(() => {
    if (first.current === path) return;
    first.current = "";
    main.current?.focus({ preventScroll: true });
  }, [path]);
  return (
    <Toasts closeLabel={t("close")}>
      <ArtLight />
      <a className="skip-link" href="#main">
        {t("nav.skip")}
      </a>
      <Header />
      <OutageBanner />
      <main id="main" ref={main} tabIndex={-1} className="main">
        <Outlet />
      </main>
      <Footer />
    </Toasts>
  );
}
