import { useQuery } from "@tanstack/react-query";
import type { CartLine } from "../api/cart.ts";
import { recommendationsQuery } from "../api/queries.ts";
import type { Product } from "../api/search.ts";
import { useWords } from "../i18n/index.tsx";
import { seenNow, useRecent } from "../state/seen.ts";
import { ProductRow } from "./product-row.tsx";

/** The last of what somebody looked at says most. */
const looks = 5;
/** Fewer look lost where a row is. */
const fewest = 2;
const wholeRow = 4;

type Props = {
  /** What stands on the page already. */
  readonly without?: readonly Product[] | undefined;
};

/** What goes with what was looked at last; what sells these days for whoever has looked at nothing. */
export function Recommended({ without }: Props) {
  const { t } = useWords();
  const recent = useRecent().slice(0, looks).toReversed();
  const title = t(recent.length > 0 ? "home.recommended" : "home.trending");
  return <Row title={title} productIds={recent} without={without} fewest={wholeRow} />;
}

/** What is bought together with one product. */
export function BoughtTogether({ productId }: { readonly productId: string }) {
  const { t } = useWords();
  return <Row title={t("product.together")} productIds={[productId]} />;
}

/** What others took along. */
export function TakeAlong({ lines }: { readonly lines: readonly CartLine[] }) {
  const { t } = useWords();
  const productIds = [...new Set(lines.flatMap(({ sku }) => seenNow(sku)?.id ?? []))];
  return productIds.length > 0 ? <Row title={t("cart.along")} productIds={productIds} /> : null;
}

function Row({
  title,
  productIds,
  without,
  fewest: needed = fewest,
}: Props & { readonly title: string; readonly productIds: readonly string[]; readonly fewest?: number }) {
  const { data } = useQuery(recommendationsQuery(productIds));
  const others = data?.filter(({ id }) => !without?.some((product) => product.id === id));
  return others && others.length >= needed ? <ProductRow title={title} products={others} /> : null;
}
