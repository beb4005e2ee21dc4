import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { useDeferredValue, useEffect, useId, useState } from "react";
import { suggestQuery } from "../api/queries.ts";
import type { Suggestion } from "../api/search.ts";
import { useWords } from "../i18n/index.tsx";
import { pages } from "../pages.ts";

const fewest = 2;

/** Search with suggestions as one types: a combobox as the ARIA practices describe it. */
export function SearchBox() {
  const { t } = useWords();
  const navigate = useNavigate();
  const { q: searched = "" } = useSearch({ strict: false }) as { q?: string }; // as: only the search page has it
  const [typed, setTyped] = useState(searched);
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const list = useId();
  useEffect(() => setTyped(searched), [searched]);

  const q = useDeferredValue(typed.trim());
  const { data } = useQuery({ ...suggestQuery(q), enabled: isOpen && q.length >= fewest });
  const found = q.length >= fewest ? (data ?? []) : [];
  const isShown = isOpen && found.length > 0;

  const close = () => {
    setOpen(false);
    setActive(-1);
  };
  const go = ({ kind, slug = "", text }: Suggestion) => {
    close();
    if (kind === "product") void navigate({ to: pages.product, params: { product: slug } });
    else if (kind === "category") void navigate({ to: pages.category, params: { category: slug } });
    else void navigate({ to: pages.search, search: kind === "brand" ? { brand: text } : { q: text } });
  };
  const search = () => {
    close();
    void navigate({ to: pages.search, search: typed.trim() === "" ? {} : { q: typed.trim() } });
  };

  return (
    <search className="search-box">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const chosen = isShown ? found[active] : undefined;
          if (chosen) go(chosen);
          else search();
        }}
      >
        <Search size={18} aria-hidden="true" />
        <input
          type="search"
          role="combobox"
          aria-label={t("search.label")}
          aria-expanded={isShown}
          aria-controls={list}
          aria-autocomplete="list"
          aria-activedescendant={isShown && active >= 0 ? `${list}-${active}` : undefined}
          autoComplete="off"
          enterKeyHint="search"
          maxLength={200}
          placeholder={t("search.placeholder")}
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value);
            setOpen(true);
            setActive(-1);
          }}
          onFocus={() => setOpen(true)}
          onBlur={close}
          onKeyDown={(event) => {
            if (event.key === "Escape") close();
            if (!isShown || (event.key !== "ArrowDown" && event.key !== "ArrowUp")) return;
            event.preventDefault();
            const step = event.key === "ArrowDown" ? 1 : -1;
            setActive(((active + 1 + step + found.length + 1) % (found.length + 1)) - 1);
          }}
        />
      </form>
      <div className="suggestions" id={list} role="listbox" aria-label={t("search.suggestions")} hidden={!isShown}>
        {found.map((suggestion, place) => (
          <div
            key={`${suggestion.kind} ${suggestion.slug ?? suggestion.text}`}
            id={`${list}-${place}`}
            role="option"
            tabIndex={-1}
            aria-selected={place === active}
            className="suggestion"
            // Before the field loses the focus and the list goes.
            onMouseDown={(event) => {
              event.preventDefault();
              go(suggestion);
            }}
          >
            <span>{suggestion.text}</span>
            <span className="soft small">{t(`suggestion.${suggestion.kind}`)}</span>
          </div>
        ))}
      </div>
    </search>
  );
}
