import { Button, Dialog, Notice } from "@souk/ui";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ShieldCheck } from "lucide-react";
import { useState } from "react";
import { offers } from "../api/client.ts";
import type { Order } from "../api/live-order.ts";
import { orderQuery } from "../api/queries.ts";
import { send } from "../api/send.ts";
import { useWords } from "../i18n/index.tsx";
import { explain } from "./failed.tsx";

const path = "/v1/payments/:paymentId/authenticate";

/** The bank's question whether it is really the card's owner (3-D Secure), where the shop can pass on the answer. */
export function Authenticate({ order }: { readonly order: Order }) {
  const { t } = useWords();
  const [isOpen, setOpen] = useState(true);
  // Answered by shops that know the challenge, and only while it is open.
  const { paymentId } = order as { readonly paymentId?: string };
  if (order.payment !== "requires_action" || paymentId === undefined || !offers("POST", path)) return null;
  return (
    <>
      <Notice tone="warn">
        <span>{t("secure.waiting")}</span>
        <span>
          <Button size="small" onClick={() => setOpen(true)}>
            {t("secure.open")}
          </Button>
        </span>
      </Notice>
      {isOpen && (
        <Dialog title={t("secure.title")} closeLabel={t("close")} onClose={() => setOpen(false)}>
          <Challenge order={order} paymentId={paymentId} />
        </Dialog>
      )}
    </>
  );
}

function Challenge({ order, paymentId }: { readonly order: Order; readonly paymentId: string }) {
  const words = useWords();
  const { t, money } = words;
  const client = useQueryClient();
  const answer = useMutation({
    mutationFn: (outcome: "succeed" | "fail") => send("POST", path, { params: { paymentId }, body: { outcome } }),
    onSuccess: () => client.invalidateQueries({ queryKey: orderQuery(order.id).queryKey }),
  });
  return (
    <div className="stack">
      <ShieldCheck size={40} aria-hidden="true" />
      <p>{t("secure.text", { amount: money(order.totals.total) })}</p>
      {answer.error && <Notice tone="bad">{explain(words, answer.error)}</Notice>}
      <div className="row">
        <Button kind="primary" busy={answer.isPending} onClick={() => answer.mutate("succeed")}>
          {t("secure.yes")}
        </Button>
        <Button busy={answer.isPending} onClick={() => answer.mutate("fail")}>
          {t("secure.no")}
        </Button>
      </div>
    </div>
  );
}
