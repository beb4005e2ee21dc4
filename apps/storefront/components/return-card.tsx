import { Badge, buttonLook } from "@souk/ui";
import { Link } from "@tanstack/react-router";
import { Printer } from "lucide-react";
import type { Return } from "../api/queries.ts";
import { useWords } from "../i18n/index.tsx";
import { pages } from "../pages.ts";
import { LinePicture } from "./cart-line.tsx";

const tones = { requested: "warn", approved: "accent", rejected: "bad", received: "ok", refunded: "ok" } as const;

type Props = {
  readonly given: Return;
  /** On the page of its order, which need not be named again. */
  readonly withOrder?: boolean;
};

/** Something that goes back: what it is, how far it has come, and what to do next. */
export function ReturnCard({ given, withOrder = false }: Props) {
  const { t, money, date } = useWords();
  const { status, refund, exchange, why, label, trackingNumber } = given;
  return (
    <li className="card stack return-card">
      <div className="row between">
        <div>
          <h3 className="numeric">{given.number}</h3>
          <p className="small soft">
            {date(given.requestedAt)}
            {withOrder && (
              <>
                {" · "}
                <Link to={pages.order} params={{ orderId: given.orderId }}>
                  {t("accountReturns.of", { number: given.orderNumber })}
                </Link>
              </>
            )}
          </p>
        </div>
        <Badge tone={tones[status]}>{t(`returnStatus.${status}`)}</Badge>
      </div>
      <ul className="mini-lines">
        {given.lines.map((line) => (
          <li key={line.sku}>
            <LinePicture sku={line.sku} title={line.title} />
            <span className="mini-line-title small">
              {line.title}
              <span className="soft nowrap"> × {line.quantity}</span>
            </span>
          </li>
        ))}
      </ul>
      {why ? <p className="small soft">{why}</p> : <p className="small soft">{t(`returnNext.${status}`)}</p>}
      {exchange?.orderId && (
        <p className="small">
          <Link to={pages.order} params={{ orderId: exchange.orderId }} className="link">
            {t("accountReturns.exchange")}
          </Link>
        </p>
      )}
      {refund && refund.status !== "failed" && (
        <p className="small soft">
          {t(refund.status === "executed" ? "accountReturns.refunded" : "accountReturns.refund", {
            amount: money(refund.amount),
          })}
        </p>
      )}
      {label && status === "approved" && (
        <div className="row">
          <a href={label} target="_blank" rel="noreferrer" {...buttonLook({ kind: "primary", size: "small" })}>
            <Printer size={16} aria-hidden="true" /> {t("accountReturns.label")}
          </a>
          {trackingNumber && (
            <span className="small soft">{t("accountReturns.tracking", { number: trackingNumber })}</span>
          )}
        </div>
      )}
    </li>
  );
}
