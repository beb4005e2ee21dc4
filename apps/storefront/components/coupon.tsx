import { Button, Notice, TextField } from "@souk/ui";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { type Cart, cartKey } from "../api/cart.ts";
import { offers } from "../api/client.ts";
import { send } from "../api/send.ts";
import { useWords } from "../i18n/index.tsx";
import { explain } from "./failed.tsx";

const path = "/v1/carts/:cartId/coupon";

/** Shown where the shop knows coupons. */
export function Coupon({ cart }: { readonly cart: Cart }) {
  const words = useWords();
  const { t } = words;
  const client = useQueryClient();
  const [code, setCode] = useState("");
  const apply = useMutation({
    scope: { id: "cart" },
    // as: the cart, priced anew
    mutationFn: () => send("PUT", path, { params: { cartId: cart.id }, body: { code: code.trim() } }) as Promise<Cart>,
    onSuccess: (changed) => client.setQueryData(cartKey(changed.currency), changed),
  });
  if (!offers("PUT", path)) return null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (code.trim() !== "" && !apply.isPending) apply.mutate();
  };
  return (
    <form className="coupon" onSubmit={submit}>
      <TextField
        label={t("coupon.label")}
        optional={t("optional")}
        value={code}
        autoComplete="off"
        maxLength={60}
        onChange={(event) => setCode(event.target.value)}
        error={apply.error ? explain(words, apply.error) : undefined}
      />
      <Button type="submit" busy={apply.isPending}>
        {t("coupon.apply")}
      </Button>
      {apply.isSuccess && <Notice tone="ok">{t("coupon.applied")}</Notice>}
    </form>
  );
}
