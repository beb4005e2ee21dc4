import { Button, buttonLook, Notice, TextField } from "@souk/ui";
import { useMutation } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { type FormEvent, useRef } from "react";
import { api } from "../api/client.ts";
import { Entrance } from "../components/entrance.tsx";
import { explain } from "../components/failed.tsx";
import { focusFirstError, useFields } from "../components/use-fields.ts";
import { useTitle } from "../components/use-title.ts";
import { useWords } from "../i18n/index.tsx";
import { pages } from "../pages.ts";
import { shortestPassword } from "./register.tsx";

const route = getRouteApi(pages.reset);

export default function ResetPage() {
  const { t } = useWords();
  useTitle(t("reset.title"));
  const { token } = route.useSearch();
  return token === undefined ? <Ask /> : <Choose token={token} />;
}

/** The answer is the same whether or not there is such an account, and so is what is shown. */
function Ask() {
  const words = useWords();
  const { t } = words;
  const form = useRef<HTMLFormElement>(null);
  const fields = useFields({ email: "" }, ({ email }) => ({
    email: /^\S+@\S+\.\S+$/.test(email.trim()) ? undefined : t("checkout.email.wrong"),
  }));
  const ask = useMutation({
    mutationFn: () => api.users.requestPasswordReset({ body: { email: fields.values.email.trim() } }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!fields.isComplete()) focusFirstError(form.current);
    else if (!ask.isPending) ask.mutate();
  };
  return (
    <Entrance title={t("reset.title")} lead={t("reset.lead")}>
      {ask.isSuccess ? (
        <Notice tone="ok">{t("reset.sent")}</Notice>
      ) : (
        <form className="stack" ref={form} onSubmit={submit} noValidate>
          {ask.error && <Notice tone="bad">{explain(words, ask.error)}</Notice>}
          <TextField {...fields.field("email")} label={t("email")} type="email" autoComplete="email" maxLength={254} />
          <Button type="submit" kind="primary" size="large" wide busy={ask.isPending}>
            {t("reset.submit")}
          </Button>
        </form>
      )}
    </Entrance>
  );
}

function Choose({ token }: { readonly token: string }) {
  const words = useWords();
  const { t } = words;
  const form = useRef<HTMLFormElement>(null);
  const fields = useFields({ password: "" }, ({ password }) => ({
    password: password.length < shortestPassword ? t("password.short") : undefined,
  }));
  const choose = useMutation({
    mutationFn: () => api.users.resetPassword({ body: { token, password: fields.values.password } }),
    onError: (error) => fields.refuse(error),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!fields.isComplete()) focusFirstError(form.current);
    else if (!choose.isPending) choose.mutate();
  };
  if (choose.isSuccess)
    return (
      <Entrance title={t("reset.done")}>
        <Link to={pages.signIn} {...buttonLook({ kind: "primary", wide: true })}>
          {t("signIn.submit")}
        </Link>
      </Entrance>
    );
  return (
    <Entrance title={t("reset.choose")}>
      <form className="stack" ref={form} onSubmit={submit} noValidate>
        {choose.error && <Notice tone="bad">{explain(words, choose.error)}</Notice>}
        <TextField
          {...fields.field("password")}
          label={t("password.new")}
          hint={t("password.hint")}
          type="password"
          autoComplete="new-password"
          maxLength={256}
        />
        <Button type="submit" kind="primary" size="large" wide busy={choose.isPending}>
          {t("reset.save")}
        </Button>
      </form>
    </Entrance>
  );
}
