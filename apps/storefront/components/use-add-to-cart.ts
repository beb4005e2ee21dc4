import { useToast } from "@souk/ui";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type Cart, cartKey, useSetItem } from "../api/cart.ts";
import type { Product, Variant } from "../api/search.ts";
import { useWords } from "../i18n/index.tsx";
import { pages } from "../pages.ts";
import { rememberItem } from "../state/seen.ts";
import { explain } from "./failed.tsx";

const cartTitle = (product: Product, variant: Variant): string =>
  variant.title === product.title ? product.title : `${product.title}, ${variant.title}`;

/** What comes next, so that it is there at once, and also when the line is not. */
function fetchTheRest(): void {
  // What fails here is fetched again, and told, when it is wanted.
  Promise.all([import("../pages/cart.tsx"), import("../pages/checkout.tsx"), import("../pages/order.tsx")]).catch(
    () => {},
  );
}

/** Puts so many more of a variant into the cart, and says so. */
export function useAddToCart() {
  const words = useWords();
  const client = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  const setItem = useSetItem();
  return (product: Product, variant: Variant, more: number) => {
    const cart = client.getQueryData<Cart | null>(cartKey(variant.price.currency));
    const there = cart?.lines.find(({ sku }) => sku === variant.sku)?.quantity ?? 0;
    rememberItem(product, variant.sku);
    fetchTheRest();
    const shown = { title: cartTitle(product, variant), unitPrice: variant.price };
    setItem.mutate(
      { sku: variant.sku, quantity: there + more, shown },
      { onError: (error) => toast({ text: explain(words, error), tone: "bad" }) },
    );
    toast({
      text: words.t("cart.added", { title: product.title }),
      action: { label: words.t("cart.view"), run: () => void navigate({ to: pages.cart }) },
    });
  };
}
