import { Button, Checkbox, Notice, RadioCard, Skeleton, TextField } from "@souk/ui";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Lock } from "lucide-react";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { type Cart, cartKey, orderAgain, rememberCart, useCart, useQuote } from "../api/cart.ts";
import { type Intent, intend, order, payWith } from "../api/checkout.ts";
import { offers } from "../api/client.ts";
import { rememberOrder } from "../api/last-order.ts";
import { isProblem, type Problem } from "../api/problem.ts";
import { meQuery, orderQuery } from "../api/queries.ts";
import { useSignedIn } from "../api/session.ts";
import { likelyCountry, type MethodName, methodsQuery } from "../api/shipping.ts";
import { AddressFields, addressOf, checkAddress, emptyAddress } from "../components/address-fields.tsx";
import { Arrival } from "../components/arrival.tsx";
import { CardFields, cardOf, checkCard, emptyCard } from "../components/card-fields.tsx";
import { LinePicture } from "../components/cart-line.tsx";
import { EmptyCart } from "../components/empty-cart.tsx";
import { explain, FailedPage } from "../components/failed.tsx";
import { SavedAddresses, useSavedAddress } from "../components/saved-addresses.tsx";
import { Totals, totalWith } from "../components/totals.tsx";
import { focusFirstError, useFields } from "../components/use-fields.ts";
import { useTitle } from "../components/use-title.ts";
import { useWords } from "../i18n/index.tsx";
import { pages } from "../pages.ts";
import { isDevelopment } from "../state/facts.ts";

/** What happened to the last attempt, and what it means for the cart. */
type Refusal = { readonly error: unknown; readonly soldOut?: boolean };

/** Refusals after which the order is over: a new cart with the same things is tried next. */
const orderIsOver = ["orders.payment_declined", "orders.payment_expired", "orders.out_of_stock", "orders.rejected"];

export default function CheckoutPage() {
  const { t } = useWords();
  const { data: cart, error, refetch } = useCart();
  useTitle(t("checkout.title"));
  // A cart that was ordered is over for others; here it stays on the screen until its order is.
  const [kept, setKept] = useState<Cart>();
  const shown = kept ?? cart;
  if (shown === undefined && error) return <FailedPage error={error} retry={() => void refetch()} />;
  if (shown === undefined)
    return (
      <div className="page checkout" aria-busy="true">
        <Skeleton height="30rem" />
        <Skeleton height="20rem" />
      </div>
    );
  if (!shown || shown.lines.length === 0)
    return (
      <div className="page">
        <EmptyCart />
      </div>
    );
  return <Form cart={shown} keep={setKept} />;
}

function Form({ cart, keep }: { readonly cart: Cart; readonly keep: (cart: Cart | undefined) => void }) {
  const words = useWords();
  const { t, money } = words;
  const client = useQueryClient();
  const navigate = useNavigate();
  const signedIn = useSignedIn();
  const { data: me } = useQuery({ ...meQuery, enabled: signedIn });
  const form = useRef<HTMLFormElement>(null);
  const summary = useRef<HTMLDivElement>(null);
  const ways = useRef<HTMLElement>(null);

  const contact = useFields({ email: "" }, ({ email }) => ({
    email: /^\S+@\S+\.\S+$/.test(email.trim()) ? undefined : t("checkout.email.wrong"),
  }));
  const ownEmail = me?.email;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once it is known; what was typed before stays
  useEffect(() => {
    if (ownEmail !== undefined && contact.values.email === "") contact.set({ email: ownEmail });
  }, [ownEmail]);
  const address = useFields(emptyAddress(likelyCountry()), checkAddress(words));
  const billing = useFields(emptyAddress(likelyCountry()), checkAddress(words));
  const [isBilledElsewhere, setBilledElsewhere] = useState(false);
  const saved = useSavedAddress(address.set);
  const card = useFields(emptyCard, checkCard(words));
  const [chosen, choose] = useState<MethodName>("standard");
  const [isBusy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<Refusal>();
  const intent = useRef<Intent>(undefined);

  const { country } = address.values;
  const methods = useQuery(methodsQuery(country, cart.lines, cart.currency));
  const method = methods.data?.find((one) => one.method === chosen) ?? methods.data?.[0];
  const totals = useQuote(cart, { country, method: method?.method });
  const shipping = totals?.shipping ?? method?.price ?? null;
  // Nobody orders before it is said what that costs.
  const isPricing = method === undefined && methods.isFetching;

  /** The same things again, in a cart that can still be ordered. */
  async function reopen({ data: { orderId } }: Problem): Promise<void> {
    rememberCart(cart.currency, undefined);
    const fresh = await orderAgain(String(orderId), cart.currency as Parameters<typeof orderAgain>[1]); // as: a cart has one of ours
    client.setQueryData(cartKey(cart.currency), fresh);
    keep(fresh);
  }

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (isBusy || isPricing) return;
    const parts = [contact, address, ...(isBilledElsewhere ? [billing] : []), card];
    if (parts.map((part) => part.isComplete()).includes(false)) return focusFirstError(form.current);
    if (!method) return ways.current?.scrollIntoView({ block: "center" });
    setBusy(true);
    setRefusal(undefined);
    keep(cart);
    try {
      // What was sent and not answered is sent again as it was.
      intent.current ??= intend(cart.id, {
        email: contact.values.email.trim(),
        shippingAddress: addressOf(address.values),
        ...(isBilledElsewhere && { billingAddress: addressOf(billing.values) }),
        shippingMethod: method.method,
        paymentToken: await payWith(cardOf(card.values)),
      });
      const placed = await order(intent.current);
      saved.keep(addressOf(address.values));
      client.setQueryData(orderQuery(placed.id).queryKey, placed);
      rememberOrder(placed.id);
      rememberCart(cart.currency, undefined);
      client.setQueryData(cartKey(cart.currency), null);
      await navigate({ to: pages.order, params: { orderId: placed.id } });
    } catch (error) {
      if (!isProblem(error) || !error.isPassing) intent.current = undefined;
      contact.refuse(error);
      card.refuse(error);
      address.refuse(error, "shippingAddress");
      billing.refuse(error, "billingAddress");
      if (isProblem(error, ...orderIsOver))
        await reopen(error).catch(() => {}); // the cart page tells what is wrong then
      else if (isProblem(error)) void client.invalidateQueries({ queryKey: cartKey(cart.currency) });
      setRefusal({ error, soldOut: isProblem(error, "orders.out_of_stock") });
      requestAnimationFrame(() => summary.current?.scrollIntoView({ block: "center" }));
    } finally {
      setBusy(false);
    }
  }

  const isUnanswered = isProblem(refusal?.error) && refusal.error.isPassing;

  return (
    <form className="page checkout" ref={form} onSubmit={(event) => void submit(event)} noValidate>
      <div className="checkout-head">
        <h1>{t("checkout.title")}</h1>
        {!signedIn && (
          <p className="soft">
            {t("checkout.guest")}{" "}
            <Link to={pages.signIn} search={{ to: pages.checkout }} className="link">
              {t("checkout.signIn")}
            </Link>
          </p>
        )}
      </div>
      <div className="checkout-parts">
        <section className="card stack" aria-labelledby="part-contact">
          <h2 id="part-contact">{t("checkout.contact")}</h2>
          <TextField
            {...contact.field("email")}
            label={t("email")}
            type="email"
            autoComplete="email"
            inputMode="email"
            maxLength={254}
            hint={t("checkout.email.why")}
          />
        </section>
        <section className="card stack" aria-labelledby="part-address">
          <h2 id="part-address">{t("checkout.address")}</h2>
          <SavedAddresses saved={saved} />
          {saved.isNew && <AddressFields fields={address} purpose="shipping" />}
          {saved.isNew && signedIn && (
            <Checkbox checked={saved.isKept} onChange={(event) => saved.setKept(event.target.checked)}>
              {t("checkout.keep")}
            </Checkbox>
          )}
          <Checkbox
            checked={isBilledElsewhere}
            onChange={(event) => {
              setBilledElsewhere(event.target.checked);
              if (billing.values.line1 === "") billing.set({ country });
            }}
          >
            {t("checkout.billedElsewhere")}
          </Checkbox>
          {isBilledElsewhere && (
            <fieldset className="stack">
              <legend className="legend">{t("checkout.billing")}</legend>
              <AddressFields fields={billing} purpose="billing" />
            </fieldset>
          )}
        </section>
        <section className="card stack" aria-labelledby="part-method" ref={ways}>
          <h2 id="part-method">{t("checkout.method")}</h2>
          {!methods.data && methods.error ? (
            <Notice tone="warn">
              <span>{explain(words, methods.error)}</span>
              <span>
                <Button size="small" onClick={() => void methods.refetch()}>
                  {t("error.retry")}
                </Button>
              </span>
            </Notice>
          ) : (
            (methods.data ?? []).map((one) => (
              <RadioCard
                key={one.method}
                name="method"
                checked={one.method === method?.method}
                onChange={() => choose(one.method)}
              >
                <span className="row between">
                  <strong>{t(`method.${one.method}`)}</strong>
                  <span className="numeric">{one.price.amount === 0 ? t("totals.free") : money(one.price)}</span>
                </span>
                <span className="small soft">
                  <Arrival method={one} from={new Date()} />
                </span>
              </RadioCard>
            ))
          )}
          {methods.data?.length === 0 && <Notice tone="warn">{t("checkout.noMethod")}</Notice>}
          {!methods.data && !methods.error && <Skeleton height="9rem" />}
        </section>
        <section className="card stack" aria-labelledby="part-payment">
          <h2 id="part-payment">{t("checkout.payment")}</h2>
          {offers("POST", "/v1/payment-tokens") && isDevelopment ? (
            <CardFields fields={card} withTestCards />
          ) : (
            <Notice tone="warn">{t("checkout.noProvider")}</Notice>
          )}
        </section>
      </div>
      <aside className="summary card" aria-label={t("cart.summary")}>
        <div className="stack">
          <h2>{t("cart.summary")}</h2>
          <ul className="mini-lines">
            {cart.lines.map((line) => (
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
          <Totals totals={totals ?? cart.totals} shipping={shipping} />
          <div ref={summary}>
            {refusal && (
              <Notice tone="bad">
                <strong>{t(isUnanswered ? "checkout.unanswered" : "checkout.refused")}</strong>
                <span>{isUnanswered ? t("checkout.unanswered.text") : explain(words, refusal.error)}</span>
                {refusal.soldOut && (
                  <Link to={pages.cart} className="link">
                    {t("checkout.toCart")}
                  </Link>
                )}
              </Notice>
            )}
          </div>
          <Button type="submit" kind="primary" size="large" wide busy={isBusy || isPricing}>
            {!isBusy && <Lock size={18} aria-hidden="true" />}
            {isBusy
              ? t("checkout.working")
              : t(isUnanswered ? "checkout.again" : "checkout.pay", {
                  total: money(totalWith(totals ?? cart.totals, shipping)),
                })}
          </Button>
          <p className="small soft">{t("checkout.once")}</p>
        </div>
      </aside>
    </form>
  );
}
