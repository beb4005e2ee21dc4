import { useQuery } from "@tanstack/react-query";
import { recommendationsQuery } from "../api/queries.ts";
import { useWords } from "../i18n/index.tsx";
import { useRecent } from "../state/seen.ts";
import { ProductRow } from "./product-row.tsx";

/** What others bought together with what was looked at last; nothing for whoever has looked at nothing. */
export function Recommended() {
  const { t } = useWords();
  const [last] = useRecent();
  const { data } = useQuery({ ...recommendationsQuery(last ?? ""), enabled: last !== undefined });
  return data && data.length > 0 ? <ProductRow title={t("home.recommended")} products={data} /> : null;
}

/** What is bought together with one product. */
export function BoughtTogether({ productId }: { readonly productId: string }) {
  const { t } = useWords();
  const { data } = useQuery(recommendationsQuery(productId));
  return data && data.length > 0 ? <ProductRow title={t("product.together")} products={data} /> : null;
}
