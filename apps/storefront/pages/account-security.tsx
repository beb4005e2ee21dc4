import { Badge, Button, Notice, Skeleton, TextField, useToast } from "@souk/ui";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { MonitorSmartphone } from "lucide-react";
import { type FormEvent, useRef } from "react";
import { api } from "../api/client.ts";
import { sessionsQuery } from "../api/queries.ts";
import { useSignedIn } from "../api/session.ts";
import { AccountFrame } from "../components/account-frame.tsx";
import { explain, Failed } from "../components/failed.tsx";
import { SecondFactor } from "../components/second-factor.tsx";
import { focusFirstError, useFields } from "../components/use-fields.ts";
import { useWords } from "../i18n/index.tsx";
import { shortestPassword } from "./register.tsx";

export default function SecurityPage() {
  return (
    <AccountFrame part="account.security">
      <Sessions />
      <Password />
      <SecondFactor />
    </AccountFrame>
  );
}

function Sessions() {
  const words = useWords();
  const { t, time } = words;
  const client = useQueryClient();
  const toast = useToast();
  const signedIn = useSignedIn();
  const { data, error, refetch } = useQuery({ ...sessionsQuery, enabled: signedIn });
  const end = useMutation({
    mutationFn: (sessionId: string) => api.users.revokeSession({ params: { sessionId } }),
    onSuccess: () => client.invalidateQueries({ queryKey: sessionsQuery.queryKey }),
    onError: (refused) => toast({ text: explain(words, refused), tone: "bad" }),
  });
  return (
    <section className="card stack" aria-labelledby="sessions">
      <h2 id="sessions">{t("sessions.title")}</h2>
      <p className="soft small">{t("sessions.text")}</p>
      {!data && error ? <Failed error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <Skeleton height="4rem" /> : null}
      <ul className="sessions">
        {data?.map((session) => (
          <li key={session.id} className="row between">
            <span className="row">
              <MonitorSmartphone size={20} aria-hidden="true" />
              <span className="small">
                {t("sessions.since", { time: time(session.createdAt) })}
                <br />
                <span className="soft">{t("sessions.used", { time: time(session.lastUsedAt) })}</span>
              </span>
            </span>
            {session.current ? (
              <Badge tone="ok">{t("sessions.this")}</Badge>
            ) : (
              <Button
                size="small"
                busy={end.isPending && end.variables === session.id}
                onClick={() => end.mutate(session.id)}
              >
                {t("sessions.end")}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Password() {
  const words = useWords();
  const { t } = words;
  const form = useRef<HTMLFormElement>(null);
  const empty = { currentPassword: "", newPassword: "" };
  const fields = useFields(empty, ({ currentPassword, newPassword }) => ({
    currentPassword: currentPassword === "" ? t("password.missing") : undefined,
    newPassword: newPassword.length < shortestPassword ? t("password.short") : undefined,
  }));
  const change = useMutation({
    mutationFn: () => api.users.changePassword({ body: fields.values }),
    onSuccess: () => fields.set(empty),
    onError: (error) => fields.refuse(error),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!fields.isComplete()) focusFirstError(form.current);
    else if (!change.isPending) change.mutate();
  };
  return (
    <form className="card stack" ref={form} onSubmit={submit} aria-labelledby="change-password" noValidate>
      <h2 id="change-password">{t("password.change")}</h2>
      {change.error && <Notice tone="bad">{explain(words, change.error)}</Notice>}
      {change.isSuccess && <Notice tone="ok">{t("password.changed")}</Notice>}
      <TextField
        {...fields.field("currentPassword")}
        label={t("password.current")}
        type="password"
        autoComplete="current-password"
      />
      <TextField
        {...fields.field("newPassword")}
        label={t("password.new")}
        hint={t("password.hint")}
        type="password"
        autoComplete="new-password"
      />
      <div>
        <Button type="submit" busy={change.isPending}>
          {t("password.save")}
        </Button>
      </div>
    </form>
  );
}
