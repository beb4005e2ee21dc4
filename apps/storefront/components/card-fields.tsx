import { Button, TextField } from "@souk/ui";
import { CreditCard } from "lucide-react";
import { useWords, type Words } from "../i18n/index.tsx";
import type { Check, useFields } from "./use-fields.ts";

export type CardTexts = { number: string; expiry: string; cvc: string };
export const emptyCard: CardTexts = { number: "", expiry: "", cvc: "" };

const digits = (text: string) => text.replace(/\D/g, "");

/** The check digit that every card number has (ISO/IEC 7812-1, Luhn). */
function isCardNumber(number: string): boolean {
  if (number.length < 12 || number.length > 19) return false;
  const sum = [...number].toReversed().reduce((total, digit, place) => {
    const doubled = Number(digit) * (place % 2 === 1 ? 2 : 1);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}

/** "04/29" → the month and the whole year; undefined when it is none, or past. */
function expiryOf(text: string, now = new Date()): { expMonth: number; expYear: number } | undefined {
  const [month, year] = [Number(digits(text).slice(0, 2)), 2_000 + Number(digits(text).slice(2, 4))];
  if (digits(text).length !== 4 || month < 1 || month > 12) return undefined;
  const isPast = year < now.getFullYear() || (year === now.getFullYear() && month < now.getMonth() + 1);
  return isPast ? undefined : { expMonth: month, expYear: year };
}

export const checkCard =
  ({ t }: Words): Check<CardTexts> =>
  ({ number, expiry, cvc }) => ({
    number: isCardNumber(digits(number)) ? undefined : t("card.number.wrong"),
    expiry: expiryOf(expiry) ? undefined : t("card.expiry.wrong"),
    cvc: /^\d{3,4}$/.test(cvc) ? undefined : t("card.cvc.wrong"),
  });

/** @throws TypeError when the card has not been checked before */
export function cardOf({ number, expiry, cvc }: CardTexts) {
  const until = expiryOf(expiry);
  if (!until) throw new TypeError("the card's expiry has not been checked");
  return { number: digits(number), ...until, cvc };
}

/** The simulator's documented numbers, and what each of them does. */
const testCards = [
  ["4242424242424242", "ok"],
  ["4000000000000002", "declined"],
  ["4000000000009995", "funds"],
  ["4000002500003155", "secure"],
  ["4000000000000341", "slow"],
] as const;

const grouped = (number: string) =>
  digits(number)
    .slice(0, 19)
    .replace(/(\d{4})(?=\d)/g, "$1 ");
const slashed = (text: string) => {
  const four = digits(text).slice(0, 4);
  return four.length > 2 ? `${four.slice(0, 2)}/${four.slice(2)}` : four;
};

type Fields = Pick<ReturnType<typeof useFields<CardTexts>>, "field" | "set">;

export function CardFields({ fields, withTestCards }: { readonly fields: Fields; readonly withTestCards: boolean }) {
  const { t } = useWords();
  const { field, set } = fields;
  const nextYear = String((new Date().getFullYear() + 2) % 100).padStart(2, "0");
  return (
    <div className="stack">
      <div className="card-fields">
        <TextField
          {...field("number")}
          onChange={(event) => set({ number: grouped(event.target.value) })}
          label={t("card.number")}
          inputMode="numeric"
          autoComplete="cc-number"
          placeholder="1234 5678 9012 3456"
        />
        <TextField
          {...field("expiry")}
          onChange={(event) => set({ expiry: slashed(event.target.value) })}
          label={t("card.expiry")}
          inputMode="numeric"
          autoComplete="cc-exp"
          placeholder={t("card.expiry.shape")}
        />
        <TextField
          {...field("cvc")}
          onChange={(event) => set({ cvc: digits(event.target.value).slice(0, 4) })}
          label={t("card.cvc")}
          inputMode="numeric"
          autoComplete="cc-csc"
          placeholder="123"
        />
      </div>
      {withTestCards && (
        <div className="test-cards">
          <p className="small">
            <strong>{t("card.test.title")}</strong> {t("card.test.text")}
          </p>
          <ul>
            {testCards.map(([number, what]) => (
              <li key={number}>
                <Button
                  size="small"
                  onClick={() => set({ number: grouped(number), expiry: `12/${nextYear}`, cvc: "123" })}
                >
                  <CreditCard size={16} aria-hidden="true" />
                  <span className="numeric">{grouped(number)}</span>
                </Button>
                <span className="small soft">{t(`card.test.${what}`)}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}
