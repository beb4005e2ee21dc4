import { Badge, Button, Notice, TextField } from "@souk/ui";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Smartphone } from "lucide-react";
import { type FormEvent, useRef } from "react";
import { api } from "../api/client.ts";
import { meQuery } from "../api/queries.ts";
import { useSignedIn } from "../api/session.ts";
import { useWords } from "../i18n/index.tsx";
import { QrCode } from "../qr/qr-code.tsx";
import { explain } from "./failed.tsx";
import { focusFirstError, useFields } from "./use-fields.ts";

/** Turns the code of an authenticator app on and off (TOTP). */
export function SecondFactor() {
  const words = useWords();
  const { t } = words;
  const client = useQueryClient();
  const signedIn = useSignedIn();
  const { data: me } = useQuery({ ...meQuery, enabled: signedIn });
  const again = () => client.invalidateQueries({ queryKey: meQuery.queryKey });
  const enrol = useMutation({ mutationFn: () => api.users.enrolSecondFactor() });
  const remove = useMutation({ mutationFn: () => api.users.removeSecondFactor(), onSuccess: again });
  const error = enrol.error ?? remove.error;
  return (
    <section className="card stack" aria-labelledby="second-factor">
      <div className="row between">
        <h2 id="second-factor">{t("factor.title")}</h2>
        {me && (
          <Badge tone={me.secondFactor ? "ok" : undefined}>{t(me.secondFactor ? "factor.on" : "factor.off")}</Badge>
        )}
      </div>
      <p className="soft small">{t("factor.text")}</p>
      {error && <Notice tone="bad">{explain(words, error)}</Notice>}
      {remove.isSuccess && me?.secondFactor === false && !enrol.data && (
        <Notice tone="ok">{t("factor.removed")}</Notice>
      )}
      {enrol.data ? (
        <Enrolment {...enrol.data} confirmed={again} done={enrol.reset} />
      ) : (
        me && (
          <div>
            {me.secondFactor ? (
              <Button busy={remove.isPending} onClick={() => remove.mutate()}>
                {t("factor.remove")}
              </Button>
            ) : (
              <Button busy={enrol.isPending} onClick={() => enrol.mutate()}>
                <Smartphone size={18} aria-hidden="true" /> {t("factor.start")}
              </Button>
            )}
          </div>
        )
      )}
    </section>
  );
}

type Props = {
  readonly secret: string;
  readonly uri: string;
  readonly confirmed: () => Promise<void>;
  readonly done: () => void;
};

function Enrolment({ secret, uri, confirmed, done }: Props) {
  const words = useWords();
  const { t } = words;
  const form = useRef<HTMLFormElement>(null);
  const fields = useFields({ code: "" }, ({ code }) => ({
    code: code.trim() === "" ? t("code.missing") : undefined,
  }));
  const confirm = useMutation({
    mutationFn: () => api.users.confirmSecondFactor({ body: { code: fields.values.code.trim() } }),
    onSuccess: confirmed,
  });
  if (confirm.data)
    return (
      <div className="stack">
        <Notice tone="warn">{t("factor.codes")}</Notice>
        <ul className="recovery-codes numeric">
          {confirm.data.recoveryCodes.map((code) => (
            <li key={code}>{code}</li>
          ))}
        </ul>
        <div>
          <Button kind="primary" onClick={done}>
            {t("factor.done")}
          </Button>
        </div>
      </div>
    );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!fields.isComplete()) focusFirstError(form.current);
    else if (!confirm.isPending) confirm.mutate();
  };
  return (
    <form className="stack" ref={form} onSubmit={submit} noValidate>
      <p>{t("factor.scan")}</p>
      <div className="factor-secret">
        <QrCode text={uri} label={t("factor.qr")} />
        <div className="factor-key">
          <span className="small soft">{t("factor.key")}</span>
          <code>{secret.replace(/(.{4})(?=.)/g, "$1 ")}</code>
          <a href={uri} className="link small">
            {t("factor.open")}
          </a>
        </div>
      </div>
      {confirm.error && <Notice tone="bad">{explain(words, confirm.error)}</Notice>}
      <TextField
        {...fields.field("code")}
        label={t("code")}
        inputMode="numeric"
        autoComplete="one-time-code"
        maxLength={10}
      />
      <div>
        <Button type="submit" kind="primary" busy={confirm.isPending}>
          {t("factor.confirm")}
        </Button>
      </div>
    </form>
  );
}
