import { Badge, buttonLook, Empty, Skeleton } from "@souk/ui";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Printer, Undo2 } from "lucide-react";
import { useState } from "react";
import { type Return, returnsQuery } from "../api/queries.ts";
import { useSignedIn } from "../api/session.ts";
import { AccountFrame } from "../components/account-frame.tsx";
import { LinePicture } from "../components/cart-line.tsx";
import { Failed } from "../components/failed.tsx";
import { Pages } from "../components/pages.tsx";
import { useWords } from "../i18n/index.tsx";
import { pages } from "../pages.ts";

const tones = { requested: "warn", approved: "accent", rejected: "bad", received: "ok", refunded: "ok" } as const;

export default function ReturnsPage() {
  return (
    <AccountFrame part="account.returns">
      <Returns />
    </AccountFrame>
  );
}

function Returns() {
  const { t } = useWords();
  const [page, setPage] = useState(1);
  const signedIn = useSignedIn();
  const { data, error, refetch } = useQuery({ ...returnsQuery(page), enabled: signedIn });
  if (!data && error) return <Failed error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton height="7rem" />;
  if (data.pagination.total === 0)
    return (
      <Empty icon={<Undo2 size={44} aria-hidden="true" />} title={t("accountReturns.none.title")} level="h2">
        <p>{t("accountReturns.none.text")}</p>
      </Empty>
    );
  return (
    <>
      <ul className="stack orders">
        {data.data.map((one) => (
          <ReturnCard key={one.id} given={one} />
        ))}
      </ul>
      {data.pagination.pages > 1 && <Pages page={page} pages={data.pagination.pages} go={setPage} />}
    </>
  );
}

function ReturnCard({ given }: { readonly given: Return }) {
  const { t, money, date } = useWords();
  const { status, refund, why, label } = given;
  return (
    <li className="card stack">
      <div className="row between">
        <div>
          <h2 className="numeric">{given.number}</h2>
          <p className="small soft">
            {date(given.requestedAt)} ·{" "}
            <Link to={pages.order} params={{ orderId: given.orderId }}>
              {t("accountReturns.of", { number: given.orderNumber })}
            </Link>
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
      {why && <p className="small soft">{why}</p>}
      {refund && refund.status !== "failed" && (
        <p className="small soft">
          {t(refund.status === "executed" ? "accountReturns.refunded" : "accountReturns.refund", {
            amount: money(refund.amount),
          })}
        </p>
      )}
      {label && status === "approved" && (
        <div>
          <a href={label} target="_blank" rel="noreferrer" {...buttonLook({ size: "small" })}>
            <Printer size={16} aria-hidden="true" /> {t("accountReturns.label")}
          </a>
        </div>
      )}
    </li>
  );
}
