import { Button, Notice, TextField } from "@souk/ui";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { type FormEvent, useRef, useState } from "react";
import { api, offers } from "../api/client.ts";
import { isProblem } from "../api/problem.ts";
import { useSignIn } from "../api/use-sign-in.ts";
import { Entrance } from "../components/entrance.tsx";
import { explain } from "../components/failed.tsx";
import { focusFirstError, useFields } from "../components/use-fields.ts";
import { useTitle } from "../components/use-title.ts";
import { useWords } from "../i18n/index.tsx";
import { pages } from "../pages.ts";

const route = getRouteApi(pages.signIn);

export default function SignInPage() {
  const words = useWords();
  const { t } = words;
  useTitle(t("signIn.title"));
  const { to = pages.account } = route.useSearch();
  const navigate = useNavigate();
  const signIn = useSignIn();
  const form = useRef<HTMLFormElement>(null);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const [wantsCode, setWantsCode] = useState(false);
  const fields = useFields({ email: "", password: "", code: "" }, ({ email, password, code }) => ({
    email: email.trim() === "" ? t("email.missing") : undefined,
    password: password === "" ? t("password.missing") : undefined,
    code: wantsCode && code.trim() === "" ? t("code.missing") : undefined,
  }));

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (isBusy) return;
    if (!fields.isComplete()) return focusFirstError(form.current);
    setBusy(true);
    setError(undefined);
    const { email, password, code } = fields.values;
    try {
      const body = { email: email.trim(), password, ...(wantsCode && { code: code.trim() }) };
      await signIn(() => api.gateway.signIn({ body }));
      await navigate({ to, replace: true });
    } catch (refused) {
      if (isProblem(refused, "users.second_factor_required")) setWantsCode(true);
      else setError(refused);
    } finally {
      setBusy(false);
    }
  }

  return (
    <Entrance title={t("signIn.title")} lead={t("signIn.lead")}>
      <form className="stack" ref={form} onSubmit={(event) => void submit(event)} noValidate>
        {error !== undefined && <Notice tone="bad">{explain(words, error)}</Notice>}
        <TextField {...fields.field("email")} label={t("email")} type="email" autoComplete="username" maxLength={254} />
        <TextField
          {...fields.field("password")}
          label={t("password")}
          type="password"
          autoComplete="current-password"
          maxLength={256}
        />
        {wantsCode && (
          <TextField
            {...fields.field("code")}
            label={t("code")}
            hint={t("code.hint")}
            inputMode="numeric"
            autoComplete="one-time-code"
            maxLength={40}
          />
        )}
        <Button type="submit" kind="primary" size="large" wide busy={isBusy}>
          {t("signIn.submit")}
        </Button>
      </form>
      <p className="row between small">
        <Link to={pages.register} search={{ to }}>
          {t("signIn.register")}
        </Link>
        {offers("POST", "/v1/auth/password-reset") && <Link to={pages.reset}>{t("signIn.forgotten")}</Link>}
      </p>
    </Entrance>
  );
}
