import { buttonLook, Empty } from "@souk/ui";
import { Link } from "@tanstack/react-router";
import { Compass } from "lucide-react";
import { useTitle } from "../components/use-title.ts";
import { useWords } from "../i18n/index.tsx";
import { pages } from "../pages.ts";

export function NotFound() {
  const { t } = useWords();
  useTitle(t("notFound.title"));
  return (
    <div className="page">
      <Empty icon={<Compass size={44} aria-hidden="true" />} title={t("notFound.title")}>
        <p>{t("notFound.text")}</p>
        <Link to={pages.home} {...buttonLook({ kind: "primary" })}>
          {t("notFound.home")}
        </Link>
      </Empty>
    </div>
  );
}
