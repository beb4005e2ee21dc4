import { Button, Notice, TextField } from "@souk/ui";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { TicketPercent, X } from "lucide-react";
import { type FormEvent, useState } from "react";
import { type Cart, cartKey } from "../api/cart.ts";
import { api } from "../api/client.ts";
import { useWords } from "../i18n/index.tsx";
import { explain } from "./failed.tsx";

/** A code that takes something off, and whether the one that was entered counts. */
export function Coupon({ cart }: { readonly cart: Cart }) {
  const words = useWords();
  const { t, has } = words;
  const client = useQueryClient();
  const [code, setCode] = useState("");
  const params = { cartId: cart.id };
  const change = useMutation({
    scope: { id: "cart" },
    mutationFn: (wanted: string | undefined) =>
      wanted === undefined
        ? api.orders.removeCoupon({ params })
        : api.orders.setCoupon({ params, body: { code: wanted } }),
    onSuccess(changed) {
      client.setQueryData(cartKey(changed.currency), changed);
      setCode("");
    },
  });
  const { coupon } = cart;
  if (coupon) {
    const key = `coupon.reason.${coupon.reason}`;
    return (
      <div className="stack-tight">
        <div className="coupon-given">
          <TicketPercent size={18} aria-hidden="true" />
          <strong className="numeric">{coupon.code}</strong>
          <Button
            size="small"
            kind="quiet"
            busy={change.isPending}
            onClick={() => change.mutate(undefined)}
            aria-label={t("coupon.removeOf", { code: coupon.code })}
          >
            <X size={16} aria-hidden="true" /> {t("coupon.remove")}
          </Button>
        </div>
        <Notice tone={coupon.applied ? "ok" : "warn"}>
          {coupon.applied ? t("coupon.applied") : has(key) ? t(key) : (coupon.message ?? t("coupon.reason.other"))}
        </Notice>
        {change.error && <Notice tone="bad">{explain(words, change.error)}</Notice>}
      </div>
    );
  }
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (code.trim() !== "" && !change.isPending && cart.id !== "") change.mutate(code.trim());
  };
  return (
    <form className="coupon" onSubmit={submit}>
      <TextField
        label={t("coupon.label")}
        optional={t("optional")}
        value={code}
        autoComplete="off"
        autoCapitalize="characters"
        spellCheck={false}
        maxLength={40}
        onChange={(event) => setCode(event.target.value)}
        error={change.error ? explain(words, change.error) : undefined}
      />
      <Button type="submit" busy={change.isPending}>
        {t("coupon.apply")}
      </Button>
    </form>
  );
}
