import { Button, buttonLook, Dialog, Notice } from "@souk/ui";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ShieldCheck } from "lucide-react";
import { useState } from "react";
import { api } from "../api/client.ts";
import type { Order } from "../api/newest-order.ts";
import { isProblem } from "../api/problem.ts";
import { orderQuery } from "../api/queries.ts";
import { useWords } from "../i18n/index.tsx";
import { explain } from "./failed.tsx";

type Action = NonNullable<Order["nextAction"]>;

/** The bank's question whether it is really the card's owner (3-D Secure): open until it is answered. */
export function Authenticate({ order }: { readonly order: Order }) {
  const { t, clock } = useWords();
  const [isOpen, setOpen] = useState(true);
  const { nextAction } = order;
  if (order.lifecycle !== "pending" || nextAction?.type !== "authenticate") return null;
  return (
    <>
      <Notice tone="warn">
        <strong>{t("secure.waiting")}</strong>
        <span>{t("secure.until", { time: clock(nextAction.expiresAt) })}</span>
        <span>
          <Button size="small" onClick={() => setOpen(true)}>
            {t("secure.open")}
          </Button>
        </span>
      </Notice>
      {isOpen && (
        <Dialog title={t("secure.title")} closeLabel={t("close")} onClose={() => setOpen(false)}>
          <Challenge order={order} action={nextAction} />
        </Dialog>
      )}
    </>
  );
}

function Challenge({ order, action }: { readonly order: Order; readonly action: Action }) {
  const words = useWords();
  const { t, money } = words;
  const client = useQueryClient();
  const answer = useMutation({
    mutationFn: (outcome: "succeed" | "fail") =>
      api.orders.authenticate({ params: { paymentId: action.paymentId }, body: { outcome } }),
    // Asking twice is answered alike.
    retry: (failures, error) => failures < 2 && isProblem(error) && error.isPassing,
    onSettled: () => client.invalidateQueries({ queryKey: orderQuery(order.id).queryKey }),
  });
  const lead = (
    <div className="challenge">
      <ShieldCheck size={40} aria-hidden="true" />
      <p className="challenge-amount numeric">{money(order.totals.total)}</p>
      <p className="soft small">{t("secure.order", { number: order.number })}</p>
    </div>
  );
  if (action.redirectUrl !== undefined)
    return (
      <div className="stack">
        {lead}
        <p>{t("secure.elsewhere")}</p>
        <a href={action.redirectUrl} {...buttonLook({ kind: "primary", size: "large", wide: true })}>
          {t("secure.go")}
        </a>
      </div>
    );
  return (
    <div className="stack">
      {lead}
      <p>{t("secure.text")}</p>
      {answer.error && <Notice tone="bad">{explain(words, answer.error)}</Notice>}
      <div className="stack-tight">
        <Button
          kind="primary"
          size="large"
          wide
          busy={answer.isPending && answer.variables === "succeed"}
          onClick={() => answer.isPending || answer.mutate("succeed")}
        >
          {t("secure.yes")}
        </Button>
        <Button
          kind="quiet"
          wide
          busy={answer.isPending && answer.variables === "fail"}
          onClick={() => answer.isPending || answer.mutate("fail")}
        >
          {t("secure.no")}
        </Button>
      </div>
    </div>
  );
}
