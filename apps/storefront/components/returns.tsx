import { Button, Dialog, Notice, SelectField, Stepper, useToast } from "@souk/ui";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { api } from "../api/client.ts";
import type { Order } from "../api/newest-order.ts";
import { isProblem } from "../api/problem.ts";
import { orderQuery } from "../api/queries.ts";
import { useWords } from "../i18n/index.tsx";
import { explain } from "./failed.tsx";

const reasons = ["not_as_described", "damaged", "wrong_size", "changed_mind", "other"] as const;

/** Sends things back that have arrived, where the shop takes them back. */
export function Returns({ order }: { readonly order: Order }) {
  const { t } = useWords();
  const [isOpen, setOpen] = useState(false);
  const lines = order.lines.flatMap(({ sku, title, delivered, returnRequested }) =>
    delivered > returnRequested ? [{ sku, title, left: delivered - returnRequested }] : [],
  );
  return (
    <>
      {order.returns === "partial" || order.returns === "returned" ? (
        <Notice tone="info">{t(`returns.${order.returns}`)}</Notice>
      ) : null}
      {lines.length > 0 && (
        <div>
          <Button size="small" onClick={() => setOpen(true)}>
            {t("returns.start")}
          </Button>
        </div>
      )}
      {isOpen && (
        <Dialog title={t("returns.start")} closeLabel={t("close")} onClose={() => setOpen(false)}>
          <Form order={order} lines={lines} done={() => setOpen(false)} />
        </Dialog>
      )}
    </>
  );
}

type FormProps = {
  readonly order: Order;
  /** What was delivered and is not on its way back. */
  readonly lines: readonly { readonly sku: string; readonly title: string; readonly left: number }[];
  readonly done: () => void;
};

function Form({ order, lines, done }: FormProps) {
  const words = useWords();
  const { t } = words;
  const client = useQueryClient();
  const toast = useToast();
  const [quantities, setQuantities] = useState<Readonly<Record<string, number>>>({});
  const [reason, setReason] = useState<(typeof reasons)[number]>("not_as_described");
  const key = useRef("");
  const wanted = lines.flatMap(({ sku }) => {
    const quantity = quantities[sku] ?? 0;
    return quantity > 0 ? [{ sku, quantity, reason: t(`returns.reason.${reason}`) }] : [];
  });
  const ask = useMutation({
    mutationFn: () => {
      key.current ||= crypto.randomUUID();
      return api.orders.requestReturn(
        { params: { orderId: order.id }, body: { lines: wanted } },
        { idempotencyKey: key.current },
      );
    },
    retry: (failures, error) => failures < 2 && isProblem(error) && error.isPassing,
    onSuccess: async () => {
      toast({ text: t("returns.requested") });
      await client.invalidateQueries({ queryKey: orderQuery(order.id).queryKey });
      done();
    },
    onError: (error) => {
      if (!isProblem(error) || !error.isPassing) key.current = "";
    },
  });
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (wanted.length > 0 && !ask.isPending) ask.mutate();
      }}
    >
      <p className="soft">{t("returns.text")}</p>
      <ul className="mini-lines">
        {lines.map((line) => (
          <li key={line.sku}>
            <span className="mini-line-title small">{line.title}</span>
            <Stepper
              size="small"
              min={0}
              max={line.left}
              value={quantities[line.sku] ?? 0}
              onChange={(quantity) => {
                key.current = "";
                setQuantities((all) => ({ ...all, [line.sku]: quantity }));
              }}
              labels={{
                quantity: t("quantity.of", { title: line.title }),
                less: t("quantity.lessOf", { title: line.title }),
                more: t("quantity.moreOf", { title: line.title }),
              }}
            />
          </li>
        ))}
      </ul>
      <SelectField
        label={t("returns.reason")}
        value={reason}
        onChange={(event) => setReason(event.target.value as typeof reason)} // as: the options are these
      >
        {reasons.map((one) => (
          <option key={one} value={one}>
            {t(`returns.reason.${one}`)}
          </option>
        ))}
      </SelectField>
      {ask.error && <Notice tone="bad">{explain(words, ask.error)}</Notice>}
      {wanted.length === 0 && <p className="small soft">{t("returns.choose")}</p>}
      <Button type="submit" kind="primary" busy={ask.isPending}>
        {t("returns.send")}
      </Button>
    </form>
  );
}
