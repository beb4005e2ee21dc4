import { Button, Dialog, Empty } from "@souk/ui";
import { useQuery } from "@tanstack/react-query";
import { SearchX, SlidersHorizontal, X } from "lucide-react";
import { useRef, useState } from "react";
import { searchQuery } from "../api/queries.ts";
import { type Sort, sorts } from "../api/sorts.ts";
import { useWords } from "../i18n/index.tsx";
import { pageSize, type SearchParams, toQuery } from "../search-params.ts";
import { useCurrency } from "../state/preferences.ts";
import { Failed } from "./failed.tsx";
import { Filters } from "./filters.tsx";
import { chosenName } from "./option-name.ts";
import { Pages } from "./pages.tsx";
import { ProductCard, ProductCardSkeleton } from "./product-card.tsx";
import { Recommended } from "./recommended.tsx";

type Props = {
  readonly title: string;
  readonly search: SearchParams;
  readonly change: (search: SearchParams) => void;
  /** What the address itself says, and no filter can change. */
  readonly fixed?: "category";
};

const without = (options: readonly string[] | undefined, gone: string) => {
  const rest = options?.filter((option) => option !== gone) ?? [];
  return rest.length > 0 ? rest : undefined;
};

/** What was found, and how to find less. What was there before stays until the next is there. */
export function Results({ title, search, change, fixed }: Props) {
  const words = useWords();
  const { t, n, money } = words;
  const currency = useCurrency();
  const [filtering, setFiltering] = useState(false);
  const found = useQuery(searchQuery({ ...toQuery(search), currency }));
  // What was found before stays when what is asked next has no answer.
  const kept = useRef(found.data);
  if (found.data) kept.current = found.data;
  const data = kept.current;
  const set = (part: { readonly [K in keyof SearchParams]?: SearchParams[K] | undefined }) => {
    const { page: _, ...rest } = search;
    const next = Object.entries({ ...rest, ...part }).filter(([, value]) => value !== undefined);
    change(Object.fromEntries(next));
  };
  const price = (whole: number) => money({ amount: whole * 100, currency });

  const { min, max } = search;
  const chips = [
    !fixed &&
      search.category && {
        key: "category",
        label: search.category.replaceAll("-", " "),
        clear: { category: undefined },
      },
    search.brand && { key: "brand", label: search.brand, clear: { brand: undefined } },
    ...(search.option ?? []).map((option) => ({
      key: option,
      label: chosenName(words, option, data?.facets),
      clear: { option: without(search.option, option) },
    })),
    (min !== undefined || max !== undefined) && {
      key: "price",
      label:
        max === undefined
          ? t("filters.above", { price: price(min ?? 0) })
          : min === undefined
            ? t("filters.below", { price: price(max) })
            : t("filters.between", { min: price(min), max: price(max) }),
      clear: { min: undefined, max: undefined },
    },
    search.stock && { key: "stock", label: t("filters.inStock"), clear: { stock: undefined } },
  ].filter((chip) => typeof chip === "object");

  const filters = <Filters facets={data?.facets} search={search} set={set} fixed={fixed} />;
  return (
    <div className="page results">
      <div className="results-head">
        <div>
          <h1 {...(search.q === undefined && { className: "capital" })}>{title}</h1>
          <p className="soft" role="status">
            {data ? n("search.found", data.pagination.total) : " "}
          </p>
        </div>
        <div className="row">
          <span className="filter-button">
            <Button onClick={() => setFiltering(true)}>
              <SlidersHorizontal size={18} aria-hidden="true" /> {t("filters.title")}
              {chips.length > 0 && <span className="filter-count numeric">{chips.length}</span>}
            </Button>
          </span>
          <label className="sort">
            <span className="soft small">{t("sort.label")}</span>
            <select
              className="input"
              value={search.sort ?? (search.q ? "relevance" : "newest")}
              onChange={(event) => set({ sort: event.target.value as Sort })} // as: the options are these
            >
              {sorts
                .filter((sort) => (sort === "relevance" ? search.q !== undefined : true))
                .map((sort) => (
                  <option key={sort} value={sort}>
                    {t(`sort.${sort}`)}
                  </option>
                ))}
            </select>
          </label>
        </div>
      </div>
      <aside className="filters" aria-label={t("filters.title")}>
        {filters}
      </aside>
      <div className="results-body" aria-busy={found.isFetching}>
        {chips.length > 0 && (
          <ul className="chips">
            {chips.map(({ key, label, clear }) => (
              <li key={key}>
                <button type="button" className="chip" onClick={() => set(clear)}>
                  <span className="visually-hidden">{t("filters.remove")} </span>
                  {label} <X size={15} aria-hidden="true" />
                </button>
              </li>
            ))}
          </ul>
        )}
        {data?.corrections && data.corrections.length > 0 && (
          <p className="soft small">
            {t("search.corrected", { words: data.corrections.map(({ to }) => to).join(", ") })}
          </p>
        )}
        {found.error && <Failed error={found.error} retry={() => void found.refetch()} />}
        {!data && found.error ? null : data?.data.length === 0 ? (
          <>
            <Empty icon={<SearchX size={44} aria-hidden="true" />} title={t("search.nothing.title")} level="h2">
              <p>{t("search.nothing.text")}</p>
              <Button onClick={() => change({})}>{t("search.nothing.clear")}</Button>
            </Empty>
            <Recommended />
          </>
        ) : (
          <div className="product-grid" data-stale={found.isPlaceholderData || found.error ? "" : undefined}>
            {data
              ? data.data.map((product) => <ProductCard key={product.id} product={product} level="h2" />)
              : Array.from({ length: pageSize / 2 }, (_, place) => place).map((place) => (
                  <ProductCardSkeleton key={place} />
                ))}
          </div>
        )}
        {data && data.pagination.pages > 1 && (
          <Pages
            page={data.pagination.page}
            pages={data.pagination.pages}
            go={(page) => {
              const { page: _, ...rest } = search;
              change(page > 1 ? { ...rest, page } : rest);
            }}
          />
        )}
      </div>
      {filtering && (
        <Dialog side="left" title={t("filters.title")} closeLabel={t("close")} onClose={() => setFiltering(false)}>
          {filters}
          <div className="filters-done">
            <Button kind="primary" wide onClick={() => setFiltering(false)}>
              {n("filters.show", data?.pagination.total ?? 0)}
            </Button>
          </div>
        </Dialog>
      )}
    </div>
  );
}
