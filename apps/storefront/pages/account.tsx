import { Badge, buttonLook, Empty, Skeleton } from "@souk/ui";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ChevronRight, Package } from "lucide-react";
import { useState } from "react";
import type { Order } from "../api/newest-order.ts";
import { ordersQuery } from "../api/queries.ts";
import { useSignedIn } from "../api/session.ts";
import { AccountFrame } from "../components/account-frame.tsx";
import { LinePicture } from "../components/cart-line.tsx";
import { Failed } from "../components/failed.tsx";
import { Pages } from "../components/pages.tsx";
import { useWords } from "../i18n/index.tsx";
import { pages } from "../pages.ts";

const tones = {
  pending: "warn",
  confirmed: "ok",
  completed: "ok",
  rejected: "bad",
  cancel_pending: "warn",
  cancelled: undefined,
} as const;

export default function AccountPage() {
  return (
    <AccountFrame part="account.orders">
      <Orders />
    </AccountFrame>
  );
}

function Orders() {
  const { t } = useWords();
  const [page, setPage] = useState(1);
  const signedIn = useSignedIn();
  const { data, error, refetch } = useQuery({ ...ordersQuery(page), enabled: signedIn });
  if (!data && error) return <Failed error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton height="7rem" />;
  if (data.pagination.total === 0)
    return (
      <Empty icon={<Package size={44} aria-hidden="true" />} title={t("account.noOrders.title")} level="h2">
        <p>{t("account.noOrders.text")}</p>
        <Link to={pages.home} {...buttonLook({ kind: "primary" })}>
          {t("cart.empty.shop")}
        </Link>
      </Empty>
    );
  return (
    <>
      <ul className="stack orders">
        {data.data.map((order) => (
          <OrderCard key={order.id} order={order} />
        ))}
      </ul>
      {data.pagination.pages > 1 && <Pages page={page} pages={data.pagination.pages} go={setPage} />}
    </>
  );
}

function OrderCard({ order }: { readonly order: Order }) {
  const { t, n, money, date } = useWords();
  const count = order.lines.reduce((sum, { quantity }) => sum + quantity, 0);
  return (
    <li className="card order-card">
      <div className="order-card-pictures">
        {order.lines.slice(0, 3).map((line) => (
          <LinePicture key={line.sku} sku={line.sku} title={line.title} />
        ))}
      </div>
      <div className="order-card-text">
        <h2>
          <Link to={pages.order} params={{ orderId: order.id }} className="order-card-link numeric">
            {order.number}
          </Link>
        </h2>
        <p className="small soft">
          {date(order.placedAt)} · {n("cart.count", count)}
        </p>
      </div>
      <Badge tone={tones[order.lifecycle]}>{t(`lifecycle.${order.lifecycle}`)}</Badge>
      <span className="numeric nowrap">{money(order.totals.total)}</span>
      <ChevronRight size={18} aria-hidden="true" />
    </li>
  );
}
