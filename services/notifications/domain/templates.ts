import { type Html, html } from "@souk/kernel";
import type { Content, FactsOf, PostalAddress, Template, Totals } from "./facts.ts";
import type { Locale } from "./locale.ts";
import { type Block, button, type Message, paragraph, type Rendered, rows, type Sum, small } from "./message.ts";
import { formatMoney } from "./money.ts";
import { renderHtml } from "./render-html.ts";
import { renderText } from "./render-text.ts";
import { de } from "./words/de.ts";
import { en, type Words } from "./words/en.ts";

const words: Readonly<Record<Locale, Words>> = { en, de };
type Writer<T extends Template> = (facts: FactsOf[T], words: Words, locale: Locale) => Message;

type Letter = { readonly subject: string; readonly text: string; readonly button: string };
/** A letter about an account: what happened, what to do, and what to do if it was somebody else. */
const letter =
  (pick: (words: Words) => Letter & { readonly ignore?: string }, otherwise: "ignore" | "notYou") =>
  ({ name, url }: { readonly name: string; readonly url: string }, w: Words): Message => {
    const { subject, text, button: label, ignore = w[otherwise] } = pick(w);
    return {
      subject,
      preview: text,
      blocks: [paragraph(w.hello(name)), paragraph(text), button(label, url), small(ignore)],
    };
  };

const templates: { readonly [T in Template]: Writer<T> } = {
  welcome: letter((w) => w.welcome, "ignore"),
  "verify-address": letter((w) => w.verifyAddress, "ignore"),
  "address-taken": letter((w) => w.addressTaken, "ignore"),
  "address-changed": letter((w) => w.addressChanged, "notYou"),
  "reset-password": letter((w) => w.resetPassword, "ignore"),
  "password-changed": letter((w) => w.passwordChanged, "notYou"),
  "second-factor-changed": letter((w) => w.secondFactorChanged, "notYou"),
  "api-key-made": letter((w) => w.apiKeyMade, "notYou"),

  "order-confirmed": (facts, w, locale) => ({
    subject: w.orderConfirmed.subject(facts.number),
    preview: w.orderConfirmed.text(facts.number),
    blocks: [
      paragraph(w.orderConfirmed.text(facts.number)),
      {
        kind: "lines",
        lines: facts.lines.map(({ title, quantity, amount }) => ({
          ...{ title, quantity },
          amount: formatMoney({ amount, currency: facts.currency }, locale),
        })),
        sums: sumsOf(facts.totals, facts.currency, w, locale),
      },
      ...wayOf(facts, w),
    ],
  }),
  "pickup-ready": ({ number, lines, pickUpAt }, w) => ({
    subject: w.pickUpReady.subject(number),
    preview: w.pickUpReady.text(number),
    blocks: [paragraph(w.pickUpReady.text(number)), ...listed(lines), ...placed(pickUpAt, w)],
  }),
  "order-rejected": ({ number, reason }, w) => {
    const text = w.orderRejected.text(number, reasonIn(w, reason));
    return {
      subject: w.orderRejected.subject(number),
      preview: text,
      blocks: [paragraph(text), paragraph(w.orderRejected.money)],
    };
  },
  "order-shipped": ({ number, trackingNumber, trackingUrl, lines, collected = false }, w) => {
    const words = collected ? w.orderCollected : w.orderShipped;
    return {
      subject: words.subject(number),
      preview: `${w.orderShipped.trackingNumber}: ${trackingNumber}`,
      blocks: [
        paragraph(words.text(number)),
        ...listed(lines),
        rows({ label: w.orderShipped.trackingNumber, value: trackingNumber }),
        button(words.button, trackingUrl),
        ...(collected ? [small(w.orderCollected.notYou)] : []),
      ],
    };
  },
  "parcel-lost": ({ number, trackingNumber, lines }, w) => ({
    subject: w.parcelLost.subject(number),
    preview: w.parcelLost.text(number),
    blocks: [
      paragraph(w.parcelLost.text(number)),
      ...listed(lines),
      rows({ label: w.orderShipped.trackingNumber, value: trackingNumber }),
      paragraph(w.parcelLost.next),
    ],
  }),
  "order-cancelled": ({ number }, w) => ({
    subject: w.orderCancelled.subject(number),
    preview: w.orderCancelled.text(number),
    blocks: [paragraph(w.orderCancelled.text(number))],
  }),
  "rest-cancelled": ({ number, currency, lines, notCharged, charged }, w, locale) => {
    const money = (amount: number) => formatMoney({ amount, currency }, locale);
    const sums = [
      { label: w.restCancelled.notCharged, amount: money(notCharged) },
      { label: w.restCancelled.charged, amount: money(charged) },
    ];
    return {
      subject: w.restCancelled.subject(number),
      preview: w.restCancelled.text(number),
      blocks: [
        paragraph(w.restCancelled.text(number)),
        { kind: "lines", lines: lines.map((line) => ({ ...line, amount: money(line.amount) })), sums },
        small(w.restCancelled.next),
      ],
    };
  },
  "payment-refunded": ({ number, amount, paid, refunded = amount }, w, locale) => ({
    subject: w.paymentRefunded.subject(number),
    preview: formatMoney(amount, locale),
    blocks: [
      paragraph(w.paymentRefunded.text(number)),
      rows(
        { label: w.paymentRefunded.refund, value: formatMoney(amount, locale) },
        ...(paid && refunded.amount < paid.amount
          ? [
              { label: w.paymentRefunded.soFar, value: formatMoney(refunded, locale) },
              { label: w.paymentRefunded.paid, value: formatMoney(paid, locale) },
            ]
          : []),
      ),
      small(w.paymentRefunded.patience),
    ],
  }),
  "return-requested": ({ number, returnNumber, lines }, w) => ({
    subject: w.returnRequested.subject(number),
    preview: w.returnRequested.text,
    blocks: [
      paragraph(w.returnRequested.text),
      ...listed(lines),
      rows({ label: w.returnNumber, value: returnNumber }),
      small(w.returnRequested.next),
    ],
  }),
  "return-rejected": ({ number, returnNumber, why }, w) => ({
    subject: w.returnRejected.subject(number),
    preview: why,
    blocks: [
      paragraph(w.returnRejected.text(number)),
      rows({ label: w.returnNumber, value: returnNumber }, { label: w.returnRejected.why, value: why }),
      small(w.returnRejected.next),
    ],
  }),
  "return-received": ({ number, returnNumber, value, lines }, w, locale) => ({
    subject: w.returnReceived.subject(number),
    preview: w.returnReceived.text(number),
    blocks: [
      paragraph(w.returnReceived.text(number)),
      ...listed(lines),
      rows(
        { label: w.returnNumber, value: returnNumber },
        { label: w.returnReceived.value, value: formatMoney(value, locale) },
      ),
      small(w.returnReceived.next),
    ],
  }),
  "return-label": ({ number, labelUrl, until, lines }, w) => ({
    subject: w.returnLabel.subject(number),
    preview: w.returnLabel.text(number),
    blocks: [
      paragraph(w.returnLabel.text(number)),
      ...listed(lines),
      button(w.returnLabel.button, labelUrl),
      small(w.returnLabel.until(until.slice(0, 10))),
    ],
  }),
  "abandoned-cart": ({ shopUrl, lines }, w) => ({
    subject: w.abandonedCart.subject,
    preview: w.abandonedCart.text,
    blocks: [paragraph(w.abandonedCart.text), ...listed(lines), button(w.abandonedCart.button, shopUrl)],
  }),
  "low-stock": ({ sku, available, threshold }, w) => ({
    subject: w.lowStock.subject(sku),
    preview: w.lowStock.text,
    blocks: [
      paragraph(w.lowStock.text),
      rows(
        { label: "SKU", value: sku },
        { label: w.lowStock.available, value: String(available) },
        { label: w.lowStock.threshold, value: String(threshold) },
      ),
    ],
  }),
  "webhook-disabled": ({ url, since, lastError }, w) => ({
    subject: w.webhookDisabled.subject,
    preview: url,
    blocks: [
      paragraph(w.webhookDisabled.text),
      rows(
        { label: w.webhookDisabled.url, value: url },
        { label: w.webhookDisabled.since, value: since },
        { label: w.webhookDisabled.lastError, value: lastError },
      ),
    ],
  }),
};
export const templateNames = Object.keys(templates) as Template[]; // as: the table above has exactly these

function sumsOf(totals: Totals, currency: string, { sums }: Words, locale: Locale): Sum[] {
  const money = (amount: number) => formatMoney({ amount, currency }, locale);
  const { subtotal, discount, shipping, tax, total, discounts = [], taxes = [] } = totals;
  const promotions = discounts.map(({ name, amount }) => ({
    label: `${sums.discount}: ${name}`,
    amount: money(-amount),
  }));
  const unnamed = discount - discounts.reduce((sum, { amount }) => sum + amount, 0);
  const onTop = taxes.filter(({ included }) => !included);
  const rest = tax - onTop.reduce((sum, { amount }) => sum + amount, 0);
  return [
    { label: sums.subtotal, amount: money(subtotal) },
    ...promotions,
    ...(unnamed > 0 ? [{ label: sums.discount, amount: money(-unnamed) }] : []),
    { label: sums.shipping, amount: money(shipping) },
    ...onTop.map(({ name, percent, amount }) => ({ label: `${name} ${percent} %`, amount: money(amount) })),
    ...(rest > 0 ? [{ label: sums.tax, amount: money(rest) }] : []),
    { label: sums.total, amount: money(total), strong: true },
    ...taxes
      .filter(({ included }) => included)
      .map(({ name, percent, amount }) => ({ label: sums.included(`${name} ${percent} %`), amount: money(amount) })),
  ];
}

/** How a confirmed order gets to its customer, or its customer to it, and what of it has to come first. */
function wayOf(order: FactsOf["order-confirmed"], w: Words): Block[] {
  const { shippingMethod, shippingAddress, lines, awaited = [], pickUpAt = [] } = order;
  const words = w.orderConfirmed;
  if (shippingMethod !== "pickup") {
    const to: Block = {
      kind: "address",
      title: words.to,
      lines: [...postal(shippingAddress), w.methods[shippingMethod]],
    };
    return [...(awaited.length > 0 ? [paragraph(words.awaited), ...listed(awaited)] : []), to, small(words.next)];
  }
  const isHere = unitsOf(lines) > unitsOf(awaited);
  return [
    ...(isHere ? [paragraph(words.pickUp)] : []),
    ...(awaited.length > 0 ? [paragraph(words.awaitedThere), ...listed(awaited)] : []),
    ...placed(pickUpAt, w),
  ];
}
const unitsOf = (lines: readonly { readonly quantity: number }[]) => lines.reduce((sum, one) => sum + one.quantity, 0);

/** Where an order is picked up. */
const placed = (lines: readonly string[], { orderConfirmed }: Words): Block[] =>
  lines.length === 0 ? [] : [{ kind: "address", title: orderConfirmed.at, lines: [...lines] }];

const listed = (lines: readonly { readonly title: string; readonly quantity: number }[]): Block[] =>
  lines.length === 0 ? [] : [{ kind: "lines", lines, sums: [] }];

const postal = ({ name, line1, line2, city, region, postalCode, country }: PostalAddress): string[] =>
  [name, line1, line2, `${postalCode} ${city}`, region, country].filter((line): line is string => Boolean(line));

const reasonIn = ({ reasons }: Words, reason: string): string =>
  Object.hasOwn(reasons, reason) ? reasons[reason as keyof typeof reasons] : reason.replaceAll("_", " "); // as: checked

/** @param unsubscribeUrl of what people may do without */
export function render(content: Content, locale: Locale, unsubscribeUrl?: string): Rendered {
  const w = words[locale];
  const write = templates[content.template] as Writer<Template>; // as: the writer of this content's own template
  const message = write(content.facts as never, w, locale);
  const link: Html[] = unsubscribeUrl
    ? [html`<a class="link" href="${unsubscribeUrl}" style="color:#a3401f">${w.unsubscribe}</a>`]
    : [];
  return {
    subject: message.subject.replaceAll(/\s+/g, " "),
    text: renderText(message, [w.footer, ...(unsubscribeUrl ? [`${w.unsubscribe}: ${unsubscribeUrl}`] : [])]),
    html: renderHtml(message, locale, [html`${w.footer}`, ...link]),
  };
}

/** What fits into a text message: the subject and the link, if there is one. */
export function renderSms(content: Content, locale: Locale): string {
  const write = templates[content.template] as Writer<Template>; // as: above
  const { subject, blocks } = write(content.facts as never, words[locale], locale);
  const link = blocks.find((block) => block.kind === "button");
  return [subject.replaceAll(/\s+/g, " "), ...(link ? [link.url] : [])].join(" ");
}
