import { useEffect } from "react";

/** What the tab and a screen reader call this page. */
export function useTitle(title: string | undefined): void {
  useEffect(() => {
    if (title) document.title = `${title} · Souk`;
    else document.title = "Souk";
  }, [title]);
}
