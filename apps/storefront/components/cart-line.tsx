import { Button, Notice, Stepper, useToast } from "@souk/ui";
import { Link } from "@tanstack/react-router";
import { Trash2 } from "lucide-react";
import { type Cart, type CartLine as Line, useSetItem } from "../api/cart.ts";
import { Artwork } from "../art/artwork.tsx";
import { useWords } from "../i18n/index.tsx";
import { pages } from "../pages.ts";
import { useSeen } from "../state/seen.ts";
import { explain } from "./failed.tsx";

type Problem = Cart["problems"][number];
const most = 999;

/** What of a line's title is the product's, and what tells its variants apart. */
const splitTitle = (title: string): readonly [product: string, variant: string] => {
  const at = title.indexOf(", ");
  return at < 0 ? [title, ""] : [title.slice(0, at), title.slice(at + 2)];
};

export function LinePicture({ sku, title }: { readonly sku: string; readonly title: string }) {
  const seen = useSeen(sku);
  const [product, variant] = splitTitle(title);
  return (
    <div className="line-picture">
      <Artwork product={seen ?? { title: product, category: "", variant }} />
    </div>
  );
}

export function CartLine({ line, problems }: { readonly line: Line; readonly problems: readonly Problem[] }) {
  const words = useWords();
  const { t, n, money } = words;
  const toast = useToast();
  const seen = useSeen(line.sku);
  const setItem = useSetItem();
  const [title, variant] = seen ? [seen.title, seen.variant] : splitTitle(line.title);
  const set = (quantity: number) =>
    setItem.mutate(
      { sku: line.sku, quantity, shown: { title: line.title, unitPrice: line.unitPrice } },
      { onError: (error) => toast({ text: explain(words, error), tone: "bad" }) },
    );
  const remove = () => {
    const { quantity } = line;
    set(0);
    toast({ text: t("cart.removed", { title }), action: { label: t("undo"), run: () => set(quantity) } });
  };
  return (
    <li className="cart-line">
      <LinePicture sku={line.sku} title={line.title} />
      <div className="cart-line-body">
        <div className="cart-line-head">
          <div>
            <h2 className="cart-line-title">
              {seen ? (
                <Link to={pages.product} params={{ product: seen.slug }} search={{ v: line.sku }}>
                  {title}
                </Link>
              ) : (
                title
              )}
            </h2>
            {variant !== title && <p className="soft small">{variant}</p>}
            <p className="small numeric soft">{t("cart.each", { price: money(line.unitPrice) })}</p>
          </div>
          <p className="cart-line-total numeric">{money(line.total)}</p>
        </div>
        {problems.map((problem) => (
          <Notice key={problem.kind} tone="warn">
            <span>{t(`problem.${problem.kind}`, { title })}</span>
            {problem.kind === "insufficient_stock" && (problem.available ?? 0) > 0 && (
              <span>
                <Button size="small" onClick={() => set(problem.available ?? 1)}>
                  {n("problem.take", problem.available ?? 1)}
                </Button>
              </span>
            )}
            {problem.kind === "price_changed" && (
              <span>
                <Button size="small" onClick={() => set(line.quantity)}>
                  {t("problem.accept", { price: money(line.unitPrice) })}
                </Button>
              </span>
            )}
          </Notice>
        ))}
        <div className="row between">
          <Stepper
            size="small"
            value={line.quantity}
            max={most}
            onChange={set}
            labels={{
              quantity: t("quantity.of", { title }),
              less: t("quantity.lessOf", { title }),
              more: t("quantity.moreOf", { title }),
            }}
          />
          <Button kind="quiet" size="small" onClick={remove} aria-label={t("cart.removeOf", { title })}>
            <Trash2 size={16} aria-hidden="true" /> {t("cart.remove")}
          </Button>
        </div>
      </div>
    </li>
  );
}
