import { Badge, Button, Dialog, Notice, Skeleton, useToast } from "@souk/ui";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { Check, CircleCheck, CircleX, Clock, Radio } from "lucide-react";
import { useRef, useState } from "react";
import { cartKey, orderAgain } from "../api/cart.ts";
import { api } from "../api/client.ts";
import { type Connection, isOver, useLiveOrder } from "../api/live-order.ts";
import type { Order } from "../api/newest-order.ts";
import { isProblem } from "../api/problem.ts";
import { orderQuery } from "../api/queries.ts";
import { methodsQuery } from "../api/shipping.ts";
import { Arrival } from "../components/arrival.tsx";
import { Authenticate } from "../components/authenticate.tsx";
import { LinePicture } from "../components/cart-line.tsx";
import { explain, FailedPage } from "../components/failed.tsx";
import { PostalAddress } from "../components/postal-address.tsx";
import { ReturnCard } from "../components/return-card.tsx";
import { Returns } from "../components/returns.tsx";
import { Totals } from "../components/totals.tsx";
import { useTitle } from "../components/use-title.ts";
import { useWords } from "../i18n/index.tsx";
import { pages } from "../pages.ts";
import { type Currency, prefer } from "../state/preferences.ts";
import { NotFound } from "./not-found.tsx";

const route = getRouteApi(pages.order);

export default function OrderPage() {
  const { t } = useWords();
  const { orderId } = route.useParams();
  const { data: order, error, refetch } = useQuery(orderQuery(orderId));
  useTitle(order ? t("order.title", { number: order.number }) : undefined);
  if (order) return <Found order={order} />;
  if (isProblem(error, "orders.order_not_found", "validation_failed")) return <NotFound />;
  if (error) return <FailedPage error={error} retry={() => void refetch()} />;
  return (
    <div className="page order" aria-busy="true">
      <Skeleton height="9rem" />
      <Skeleton height="20rem" />
    </div>
  );
}

function Found({ order }: { readonly order: Order }) {
  const { t, money, time } = useWords();
  const connection = useLiveOrder(order.id, isOver(order));
  return (
    <div className="page order">
      <Headline order={order} />
      <Authenticate order={order} />
      <section className="card stack" aria-labelledby="order-progress">
        <div className="row between">
          <h2 id="order-progress">{t("order.progress")}</h2>
          <Live connection={connection} />
        </div>
        <Progress order={order} />
        <ol className="timeline" aria-live="polite">
          {order.timeline.toReversed().map((entry) => (
            <li key={`${entry.at} ${entry.what}`}>
              <span className="timeline-what">
                <Said what={entry.what} />
                {entry.detail && <span className="soft small"> {entry.detail}</span>}
              </span>
              <time className="soft small nowrap" dateTime={entry.at}>
                {time(entry.at)}
              </time>
            </li>
          ))}
        </ol>
      </section>
      {order.returnRequests && (
        <section className="stack" aria-labelledby="order-returns">
          <h2 id="order-returns">{t("returns.title")}</h2>
          <ul className="stack orders">
            {order.returnRequests.map((one) => (
              <ReturnCard key={one.id} given={one} />
            ))}
          </ul>
        </section>
      )}
      <div className="order-columns">
        <section className="card stack" aria-labelledby="order-lines">
          <h2 id="order-lines">{t("order.lines")}</h2>
          <ul className="mini-lines">
            {order.lines.map((line) => (
              <li key={line.sku}>
                <LinePicture sku={line.sku} title={line.title} />
                <span className="mini-line-title small">
                  {line.title}
                  <span className="soft nowrap"> × {line.quantity}</span>
                </span>
                <span className="small numeric nowrap">{money(line.total)}</span>
              </li>
            ))}
          </ul>
          <Totals totals={order.totals} shipping={order.totals.shipping} />
          {order.refunded.amount > 0 && (
            <Notice tone="ok">{t("order.refunded", { amount: money(order.refunded) })}</Notice>
          )}
        </section>
        <section className="card stack" aria-labelledby="order-to">
          <h2 id="order-to">{t("order.delivery")}</h2>
          <PostalAddress address={order.shippingAddress} />
          <Expected order={order} />
          <p className="small soft">{t("order.mail", { email: order.email })}</p>
          {order.billingAddress && (
            <>
              <h3 className="small">{t("checkout.billing")}</h3>
              <PostalAddress address={order.billingAddress} />
            </>
          )}
          <Cancel order={order} />
          <Returns order={order} />
        </section>
      </div>
    </div>
  );
}

function Headline({ order }: { readonly order: Order }) {
  const { t } = useWords();
  const { lifecycle, number, reason } = order;
  const look = {
    pending: [Clock, "warn", "order.pending"],
    confirmed: [CircleCheck, "ok", "order.confirmed"],
    completed: [CircleCheck, "ok", "order.completed"],
    rejected: [CircleX, "bad", "order.rejected"],
    cancel_pending: [Clock, "warn", "order.cancelPending"],
    cancelled: [CircleX, "bad", "order.cancelled"],
  } as const;
  const [Icon, tone, key] = look[lifecycle];
  return (
    <div className="order-head" data-tone={tone}>
      <Icon size={40} aria-hidden="true" />
      <div>
        <h1 aria-live="polite">{t(key)}</h1>
        <p className="soft">
          {t("order.number")} <strong className="numeric">{number}</strong>
          {reason && lifecycle !== "confirmed" && <> · {t(`reason.${reason}`)}</>}
        </p>
      </div>
      {lifecycle === "rejected" && <TryAgain order={order} />}
    </div>
  );
}

/** The same things in a new cart, as far as there are any left. */
function TryAgain({ order }: { readonly order: Order }) {
  const words = useWords();
  const navigate = useNavigate();
  const client = useQueryClient();
  const toast = useToast();
  const again = useMutation({
    mutationFn: () => orderAgain(order.id, order.totals.total.currency as Currency), // as: an order has one of ours
    onSuccess: async (cart) => {
      client.setQueryData(cartKey(cart.currency), cart);
      prefer({ currency: cart.currency as Currency }); // as: so has the cart
      await navigate({ to: pages.cart });
    },
    onError: (error) => toast({ text: explain(words, error), tone: "bad" }),
  });
  return (
    <Button kind="primary" busy={again.isPending} onClick={() => again.mutate()}>
      {words.t("order.again")}
    </Button>
  );
}

function Live({ connection }: { readonly connection: Connection }) {
  const { t } = useWords();
  if (connection === "over") return null;
  return connection === "live" ? (
    <Badge tone="ok">
      <Radio size={14} aria-hidden="true" /> {t("order.live")}
    </Badge>
  ) : (
    <Badge tone="warn">{t("order.connecting")}</Badge>
  );
}

const stages = ["placed", "paid", "sent", "delivered"] as const;

/** By which way, and until it is there: when. */
function Expected({ order }: { readonly order: Order }) {
  const { t } = useWords();
  const { lifecycle, shippingMethod, shippingAddress, totals, placedAt } = order;
  const isComing = lifecycle === "pending" || lifecycle === "confirmed";
  const methods = methodsQuery(shippingAddress.country, order.lines, totals.total.currency);
  const { data } = useQuery({ ...methods, enabled: isComing });
  const method = data?.find((one) => one.method === shippingMethod);
  return (
    <p className="small soft">
      {t(`method.${shippingMethod}`)}
      {isComing && method && (
        <>
          {" · "}
          <Arrival method={method} from={new Date(placedAt)} />
        </>
      )}
    </p>
  );
}

/** How far it has come, of how far it has to go. */
function Progress({ order }: { readonly order: Order }) {
  const { t } = useWords();
  const { lifecycle, fulfilment } = order;
  if (lifecycle === "rejected" || lifecycle === "cancelled") return null;
  const done =
    fulfilment === "delivered" || lifecycle === "completed"
      ? 4
      : fulfilment === "shipped" || fulfilment === "partial"
        ? 3
        : lifecycle === "confirmed" || lifecycle === "cancel_pending"
          ? 2
          : 1;
  return (
    <ol className="progress">
      {stages.map((stage, place) => (
        <li key={stage} data-done={place < done || undefined} aria-current={place === done - 1 ? "step" : undefined}>
          <span className="progress-mark">{place < done && <Check size={16} aria-hidden="true" />}</span>
          {t(`stage.${stage}`)}
        </li>
      ))}
    </ol>
  );
}

/** The shop tells what happened in English; what we have words for is told in the reader's language. */
function Said({ what }: { readonly what: string }) {
  const { t, has } = useWords();
  const key = `said.${what}`;
  return <>{has(key) ? t(key) : what}</>;
}

function Cancel({ order }: { readonly order: Order }) {
  const words = useWords();
  const { t } = words;
  const client = useQueryClient();
  const toast = useToast();
  const [isAsking, setAsking] = useState(false);
  const key = useRef("");
  const cancel = useMutation({
    mutationFn: () => {
      key.current ||= crypto.randomUUID();
      return api.orders.cancel({ params: { orderId: order.id }, body: {} }, { idempotencyKey: key.current });
    },
    retry: (failures, error) => failures < 2 && isProblem(error) && error.isPassing,
    onSuccess: ({ order: changed }) => {
      client.setQueryData(orderQuery(order.id).queryKey, changed);
      setAsking(false);
    },
    onError: (error) => {
      if (!isProblem(error) || !error.isPassing) key.current = "";
      setAsking(false);
      toast({ text: explain(words, error), tone: "bad" });
    },
  });
  const canCancel = !isOver(order) && order.lifecycle !== "cancel_pending" && order.fulfilment === "none";
  if (!canCancel) return null;
  return (
    <>
      <div>
        <Button kind="danger" size="small" onClick={() => setAsking(true)}>
          {t("order.cancel")}
        </Button>
      </div>
      {isAsking && (
        <Dialog title={t("order.cancel.title")} closeLabel={t("close")} onClose={() => setAsking(false)}>
          <div className="stack">
            <p>{t("order.cancel.text")}</p>
            <div className="row">
              <Button kind="danger" busy={cancel.isPending} onClick={() => cancel.mutate()}>
                {t("order.cancel.yes")}
              </Button>
              <Button kind="quiet" onClick={() => setAsking(false)}>
                {t("order.cancel.no")}
              </Button>
            </div>
          </div>
        </Dialog>
      )}
    </>
  );
}
