import { Button, Notice, useToast } from "@souk/ui";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { LogOut } from "lucide-react";
import { type ReactNode, useEffect } from "react";
import { api } from "../api/client.ts";
import { meQuery } from "../api/queries.ts";
import { useSignedIn } from "../api/session.ts";
import { useSignOut } from "../api/use-sign-in.ts";
import { useWords } from "../i18n/index.tsx";
import { pages } from "../pages.ts";
import { explain } from "./failed.tsx";
import { useTitle } from "./use-title.ts";

const parts = [
  [pages.account, "account.orders"],
  [pages.accountReturns, "account.returns"],
  [pages.accountAddresses, "account.addresses"],
  [pages.accountSecurity, "account.security"],
  [pages.accountPrivacy, "account.privacy"],
] as const;

/** What stands around every part of the account; whoever is not signed in is asked to first. */
export function AccountFrame({
  part,
  children,
}: {
  readonly part: (typeof parts)[number][1];
  readonly children: ReactNode;
}) {
  const words = useWords();
  const { t } = words;
  useTitle(t(part));
  const toast = useToast();
  const navigate = useNavigate();
  const signedIn = useSignedIn();
  const signOut = useSignOut();
  const { data: me } = useQuery({ ...meQuery, enabled: signedIn });
  // Not where the router is: that is the next page already while this one still stands.
  const here = parts.find(([, key]) => key === part)?.[0] ?? pages.account;
  useEffect(() => {
    if (!signedIn) void navigate({ to: pages.signIn, search: { to: here }, replace: true });
  }, [signedIn, navigate, here]);
  if (!signedIn) return null;
  const leave = async () => {
    try {
      await signOut(() => navigate({ to: pages.home }));
    } catch (error) {
      toast({ text: explain(words, error), tone: "bad" });
    }
  };
  return (
    <div className="page account">
      <div className="account-head">
        <div>
          <h1>{t(part)}</h1>
          <p className="soft">{me ? `${me.name} · ${me.email}` : " "}</p>
        </div>
        <Button kind="quiet" onClick={() => void leave()}>
          <LogOut size={18} aria-hidden="true" /> {t("account.signOut")}
        </Button>
      </div>
      <nav className="account-nav" aria-label={t("nav.account")}>
        {parts.map(([to, key]) => (
          <Link key={to} to={to} className="account-tab" activeOptions={{ exact: true }}>
            {t(key)}
          </Link>
        ))}
      </nav>
      {me && !me.emailVerified && part !== "account.privacy" && part !== "account.addresses" && (
        <Unproved email={me.email} />
      )}
      <div className="stack account-body">{children}</div>
    </div>
  );
}

/** Until the letter's link was opened nobody knows that the address is right. */
function Unproved({ email }: { readonly email: string }) {
  const words = useWords();
  const { t } = words;
  const again = useMutation({ mutationFn: () => api.users.sendVerification() });
  return (
    <div className="account-notice">
      <Notice tone="info">
        <strong>{t("verify.title", { email })}</strong>
        <span>{again.isSuccess ? t("verify.sent") : t("verify.text")}</span>
        {again.error && <span>{explain(words, again.error)}</span>}
        {!again.isSuccess && (
          <span>
            <Button size="small" busy={again.isPending} onClick={() => again.mutate()}>
              {t("verify.again")}
            </Button>
          </span>
        )}
      </Notice>
    </div>
  );
}
