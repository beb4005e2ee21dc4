import { getRouteApi } from "@tanstack/react-router";
import { Results } from "../components/results.tsx";
import { useTitle } from "../components/use-title.ts";
import { useWords } from "../i18n/index.tsx";
import { pages } from "../pages.ts";

const route = getRouteApi(pages.search);

export default function SearchPage() {
  const { t } = useWords();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const title = search.q ? t("search.for", { q: search.q }) : t("search.everything");
  useTitle(title);
  return (
    <Results
      title={title}
      search={search}
      change={(next) => void navigate({ to: ".", search: next, resetScroll: next.page !== search.page })}
    />
  );
}
