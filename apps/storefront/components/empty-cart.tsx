import { buttonLook, Empty } from "@souk/ui";
import { Link } from "@tanstack/react-router";
import { ShoppingBag } from "lucide-react";
import { useLastOrder } from "../api/last-order.ts";
import { useWords } from "../i18n/index.tsx";
import { pages } from "../pages.ts";

/** Where to go when there is nothing in the cart: on into the shop, or to what was just ordered. */
export function EmptyCart() {
  const { t } = useWords();
  const orderId = useLastOrder();
  return (
    <Empty icon={<ShoppingBag size={44} aria-hidden="true" />} title={t("cart.empty.title")}>
      <p>{t("cart.empty.text")}</p>
      <div className="row">
        <Link to={pages.search} search={{ sort: "newest" }} {...buttonLook({ kind: "primary" })}>
          {t("cart.empty.shop")}
        </Link>
        {orderId && (
          <Link to={pages.order} params={{ orderId }} {...buttonLook()}>
            {t("cart.lastOrder")}
          </Link>
        )}
      </div>
    </Empty>
  );
}
