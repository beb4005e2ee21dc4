import { Button } from "@souk/ui";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { useWords } from "../i18n/index.tsx";

type Props = { readonly page: number; readonly pages: number; readonly go: (page: number) => void };

export function Pages({ page, pages, go }: Props) {
  const { t } = useWords();
  return (
    <nav className="pages row between" aria-label={t("pages.label")}>
      {page > 1 ? (
        <Button onClick={() => go(page - 1)}>
          <ChevronLeft size={18} aria-hidden="true" /> {t("pages.previous")}
        </Button>
      ) : (
        <span />
      )}
      <span className="soft small numeric">{t("pages.of", { page, pages })}</span>
      {page < pages ? (
        <Button onClick={() => go(page + 1)}>
          {t("pages.next")} <ChevronRight size={18} aria-hidden="true" />
        </Button>
      ) : (
        <span />
      )}
    </nav>
  );
}
