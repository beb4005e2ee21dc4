import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { categoriesQuery } from "../api/queries.ts";
import { Results } from "../components/results.tsx";
import { useTitle } from "../components/use-title.ts";
import { pages } from "../pages.ts";

const route = getRouteApi(pages.category);

export default function CategoryPage() {
  const { category } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { data: categories } = useQuery(categoriesQuery);
  const name = categories?.find(({ slug }) => slug === category)?.name ?? category.replaceAll("-", " ");
  useTitle(name);
  return (
    <Results
      title={name}
      search={{ ...search, category }}
      fixed="category"
      change={({ category: _, ...next }) =>
        void navigate({ to: ".", search: next, resetScroll: next.page !== search.page })
      }
    />
  );
}
