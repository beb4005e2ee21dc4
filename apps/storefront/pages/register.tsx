import { Button, Notice, TextField } from "@souk/ui";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { type FormEvent, useRef, useState } from "react";
import { api } from "../api/client.ts";
import { useSignIn } from "../api/use-sign-in.ts";
import { Entrance } from "../components/entrance.tsx";
import { explain } from "../components/failed.tsx";
import { focusFirstError, useFields } from "../components/use-fields.ts";
import { useTitle } from "../components/use-title.ts";
import { useWords } from "../i18n/index.tsx";
import { pages } from "../pages.ts";

const route = getRouteApi(pages.register);
export const shortestPassword = 8;

export default function RegisterPage() {
  const words = useWords();
  const { t } = words;
  useTitle(t("register.title"));
  const { to = pages.account } = route.useSearch();
  const navigate = useNavigate();
  const signIn = useSignIn();
  const form = useRef<HTMLFormElement>(null);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const fields = useFields({ name: "", email: "", password: "" }, ({ name, email, password }) => ({
    name: name.trim() === "" ? t("name.missing") : undefined,
    email: /^\S+@\S+\.\S+$/.test(email.trim()) ? undefined : t("checkout.email.wrong"),
    password: password.length < shortestPassword ? t("password.short") : undefined,
  }));

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (isBusy) return;
    if (!fields.isComplete()) return focusFirstError(form.current);
    setBusy(true);
    setError(undefined);
    const { name, email, password } = fields.values;
    try {
      await signIn(() => api.gateway.register({ body: { name: name.trim(), email: email.trim(), password } }));
      await navigate({ to, replace: true });
    } catch (refused) {
      fields.refuse(refused);
      setError(refused);
    } finally {
      setBusy(false);
    }
  }

  return (
    <Entrance title={t("register.title")} lead={t("register.lead")}>
      <form className="stack" ref={form} onSubmit={(event) => void submit(event)} noValidate>
        {error !== undefined && <Notice tone="bad">{explain(words, error)}</Notice>}
        <TextField {...fields.field("name")} label={t("name")} autoComplete="name" maxLength={120} />
        <TextField {...fields.field("email")} label={t("email")} type="email" autoComplete="email" maxLength={254} />
        <TextField
          {...fields.field("password")}
          label={t("password")}
          hint={t("password.hint")}
          type="password"
          autoComplete="new-password"
          maxLength={256}
        />
        <Button type="submit" kind="primary" size="large" wide busy={isBusy}>
          {t("register.submit")}
        </Button>
      </form>
      <p className="small">
        <Link to={pages.signIn} search={{ to }}>
          {t("register.signIn")}
        </Link>
      </p>
    </Entrance>
  );
}
