import assert from "node:assert/strict";
import { test } from "node:test";
import type { Content, FactsOf, Template } from "./facts.ts";
import { categoryOf } from "./facts.ts";
import type { Locale } from "./locale.ts";
import { formatMoney } from "./money.ts";
import { samples } from "./samples.ts";
import { render, renderSms, templateNames } from "./templates.ts";

const contentOf = <T extends Template>(template: T, facts: FactsOf[T] = samples[template]) =>
  ({ template, facts }) as Content; // as: the facts are the template's own
const locales: readonly Locale[] = ["en", "de"];
/** What is left of markup when it is shown. */
const shown = (markup: string) =>
  markup
    .replace(/<style>.*?<\/style>|<title>.*?<\/title>/gs, "")
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll("&nbsp;", " ")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&")
    .replaceAll(/\s+/g, " ");

test("money is written with the decimals of its currency and the signs of the language", () => {
  const write = (amount: number, currency: string, locale: Locale = "en") => formatMoney({ amount, currency }, locale);
  assert.deepEqual(
    [write(1999, "EUR"), write(5, "EUR"), write(0, "USD"), write(-150, "EUR"), write(1999, "JPY"), write(1999, "KWD")],
    ["19.99 EUR", "0.05 EUR", "0.00 USD", "-1.50 EUR", "1,999 JPY", "1.999 KWD"],
  );
  assert.deepEqual(
    [write(123_456_789, "EUR"), write(123_456_789, "EUR", "de")],
    ["1,234,567.89 EUR", "1.234.567,89 EUR"],
  );
});

test("a confirmation names the order, its lines, every part of its price and where it goes", () => {
  const { subject, text, html } = render(contentOf("order-confirmed"), "en");
  assert.match(subject, /7K3M9-Q2XHT/);
  assert.match(text, /2 × Pierced brass lantern, Small, 22 cm {2}88\.00 EUR/);
  assert.match(
    text,
    /Subtotal: 1,322\.50 EUR\nDiscount: Spring <sale>: -95\.10 EUR\nDiscount: Free shipping: -4\.90 EUR\nShipping: 4\.90 EUR\nVAT 16 %: 196\.03 EUR\nTotal: 1,423\.43 EUR\nof which Levy 0\.5 %: 6\.61 EUR/,
  );
  assert.match(
    text,
    /It goes to:\n {2}Anna Example\n {2}1 Market Street\n {2}10115 Berlin\n {2}DE\n {2}Standard shipping/,
  );
  for (const part of ["88.00 EUR", "1,423.43 EUR", "10115 Berlin"]) assert.ok(shown(html).includes(part), part);
});

test("what nobody names is a sum of its own, and what is not there is not said", () => {
  const write = (totals: FactsOf["order-confirmed"]["totals"]) =>
    render(contentOf("order-confirmed", { ...samples["order-confirmed"], totals }), "de").text;
  const sums = { subtotal: 1_000, discount: 100, shipping: 0, tax: 90, total: 990 };
  assert.match(write(sums), /Rabatt: -1,00 EUR\nVersand: 0,00 EUR\nSteuer: 0,90 EUR\nSumme: 9,90 EUR/);
  assert.equal(/Rabatt/.test(write({ ...sums, discount: 0, tax: 0, total: 1_000 })), false);
});

test("a refund of a part says how much of what was paid is back; one of all of it need not", () => {
  const money = (amount: number) => ({ amount, currency: "EUR" });
  const write = (refunded: number) =>
    render(
      contentOf("payment-refunded", { number: "N", amount: money(500), paid: money(2_000), refunded: money(refunded) }),
      "en",
    ).text;
  assert.match(write(1_500), /Refund: 5\.00 EUR\nGiven back so far: 15\.00 EUR\nPaid: 20\.00 EUR/);
  assert.equal(/so far/.test(write(2_000)), false);
});

test("a rest that is not sent is told line by line, with what is not charged and what is", () => {
  const { subject, text, html } = render(contentOf("rest-cancelled"), "en");
  assert.equal(subject, "The rest of your order 7K3M9-Q2XHT is cancelled");
  assert.match(text, /1 × Café glass <set of 6> & tray {2}1,234\.50 EUR/);
  assert.match(text, /Not charged: 1,327\.40 EUR\nCharged for what we sent: 96\.03 EUR/);
  assert.ok(shown(html).includes("1,327.40 EUR"));
  assert.match(render(contentOf("rest-cancelled"), "de").text, /Nicht abgebucht: 1\.327,40 EUR/);
});

test("every template says the same in text and in HTML, in both languages, and differently in each", () => {
  for (const template of templateNames) {
    const bodies = locales.map((locale) => {
      const { subject, text, html } = render(contentOf(template), locale);
      const seen = shown(html);
      for (const line of [subject, ...text.split("\n")].map((line) => line.trim()).filter((line) => line !== "--"))
        for (const part of line.split(/: | {2}/))
          assert.ok(
            seen.includes(part.replaceAll(/\s+/g, " ").replace(/:$/, "").trim()),
            `${template} ${locale}: ${part}`,
          );
      assert.ok(html.startsWith(`<!doctype html>\n<html lang="${locale}">`));
      return text;
    });
    assert.notEqual(bodies[0], bodies[1], template);
  }
});

test("nothing that somebody entered is markup, or makes a line or a header of its own", () => {
  const evil = `"><script>alert(1)</script>\r\nBcc: eve@example.com\n\n<img src=x onerror=alert(2)>`;
  const poisoned = (value: unknown): unknown => {
    if (typeof value === "string") return evil;
    if (Array.isArray(value)) return value.map(poisoned);
    if (typeof value === "object" && value !== null)
      return Object.fromEntries(
        Object.entries(value).map(([key, member]) => [
          key,
          ["currency", "shippingMethod"].includes(key) ? member : poisoned(member),
        ]),
      );
    return value;
  };
  for (const template of templateNames)
    for (const locale of locales) {
      const { subject, text, html } = render(contentOf(template, poisoned(samples[template]) as never), locale, evil); // as: the same shape
      assert.equal(/<script|<img/i.test(html), false, template);
      for (const [, attribute = ""] of html.matchAll(/="([^"]*)"/g))
        assert.equal(attribute.includes("<"), false, template);
      assert.equal(/[\r\n]/.test(subject), false, template);
      const urls = [evil, "\n"];
      assert.equal(/^Bcc:/m.test(text.replaceAll(urls[0] ?? "", "")), false, template);
    }
});

test("a mail is readable without images and in the dark, and loads nothing from elsewhere", () => {
  for (const template of templateNames) {
    const { html } = render(contentOf(template), "en", "https://shop.example/unsubscribe");
    assert.equal(/<img|url\(|@import|<link|<script|<iframe|<form/i.test(html), false, template);
    assert.match(html, /name="color-scheme" content="light dark"/);
    assert.match(html, /prefers-color-scheme:dark/);
    assert.ok(Buffer.byteLength(html) < 100_000, "Gmail cuts mails at 102 KB");
  }
});

test("a link in HTML can be read as well, and is the same as in the text", () => {
  const { text, html } = render(contentOf("reset-password"), "en");
  assert.ok(text.includes(samples["reset-password"].url));
  assert.equal(html.split(`href="${samples["reset-password"].url}"`).length, 3);
  assert.ok(shown(html).includes(samples["reset-password"].url));
});

test("only what people may do without has a way out of it", () => {
  const optional = templateNames.filter((template) => categoryOf(template) !== undefined);
  assert.deepEqual(optional, ["abandoned-cart"]);
  const { text, html } = render(contentOf("abandoned-cart"), "de", "https://shop.example/out");
  assert.match(text, /Keine solchen Nachrichten mehr: https:\/\/shop\.example\/out/);
  assert.match(html, /href="https:\/\/shop\.example\/out"/);
});

test("who picks up an order is told to come, and not that it is on its way", () => {
  const facts = samples["order-confirmed"];
  const { text } = render({ template: "order-confirmed", facts: { ...facts, shippingMethod: "pickup" } }, "en");
  assert.match(text, /come and pick it up/);
  assert.doesNotMatch(text, /goes to|on its way/);
});

test("an order of which nothing is there yet is not to be fetched yet", () => {
  const sample = samples["order-confirmed"];
  const awaited = sample.lines.map(({ title, quantity }) => ({ title, quantity }));
  const facts = { ...sample, shippingMethod: "pickup" as const, awaited, pickUpAt: ["Pier 3", "20457 Hamburg"] };
  const { text } = render({ template: "order-confirmed", facts }, "en");
  assert.doesNotMatch(text, /come and pick it up/);
  assert.match(text, /Not in stock yet[\s\S]*Pier 3/);
});

test("a text message is the subject and the link", () => {
  assert.equal(
    renderSms(contentOf("order-shipped"), "en"),
    `Your order 7K3M9-Q2XHT is on its way ${samples["order-shipped"].trackingUrl}`,
  );
  assert.equal(renderSms(contentOf("order-cancelled"), "de"), "Ihre Bestellung 7K3M9-Q2XHT ist storniert");
});
