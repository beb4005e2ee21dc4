import { Button, Dialog, Notice } from "@souk/ui";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Download, Trash2 } from "lucide-react";
import { useState } from "react";
import { api } from "../api/client.ts";
import { isProblem } from "../api/problem.ts";
import { forgetEverything } from "../api/use-sign-in.ts";
import { AccountFrame } from "../components/account-frame.tsx";
import { explain } from "../components/failed.tsx";
import { useWords } from "../i18n/index.tsx";
import { pages } from "../pages.ts";

const attempts = 10;
const pauseMs = 1_000;

export default function PrivacyPage() {
  return (
    <AccountFrame part="account.privacy">
      <Export />
      <Erase />
    </AccountFrame>
  );
}

/** Every service is asked; that takes a moment. */
async function collect(): Promise<object> {
  for (let attempt = 1; ; attempt++) {
    const answer = await api.users.export();
    if ("services" in answer && (answer.missing.length === 0 || attempt >= attempts)) return answer;
    if (attempt >= attempts) throw new Error(`still missing: ${answer.missing.join(", ")}`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

function Export() {
  const words = useWords();
  const { t } = words;
  const load = useMutation({
    mutationFn: collect,
    onSuccess(data) {
      const url = URL.createObjectURL(new Blob([JSON.stringify(data, undefined, 2)], { type: "application/json" }));
      const link = Object.assign(document.createElement("a"), { href: url, download: "souk-export.json" });
      link.click();
      URL.revokeObjectURL(url);
    },
  });
  return (
    <section className="card stack" aria-labelledby="export">
      <h2 id="export">{t("export.title")}</h2>
      <p className="soft">{t("export.text")}</p>
      {load.error && <Notice tone="bad">{explain(words, load.error)}</Notice>}
      <div>
        <Button busy={load.isPending} onClick={() => load.mutate()}>
          <Download size={18} aria-hidden="true" /> {t("export.load")}
        </Button>
      </div>
    </section>
  );
}

function Erase() {
  const words = useWords();
  const { t } = words;
  const client = useQueryClient();
  const navigate = useNavigate();
  const [isAsking, setAsking] = useState(false);
  const erase = useMutation({
    mutationFn: async () => {
      await api.users.eraseMe();
      // The account is gone; that its cookies are still there would be harmless.
      await api.gateway.signOut().catch(() => {});
    },
    onSuccess: async () => {
      forgetEverything();
      client.clear();
      await navigate({ to: pages.home });
    },
  });
  return (
    <section className="card stack" aria-labelledby="erase">
      <h2 id="erase">{t("erase.title")}</h2>
      <p className="soft">{t("erase.text")}</p>
      <div>
        <Button kind="danger" onClick={() => setAsking(true)}>
          <Trash2 size={18} aria-hidden="true" /> {t("erase.open")}
        </Button>
      </div>
      {isAsking && (
        <Dialog title={t("erase.sure")} closeLabel={t("close")} onClose={() => setAsking(false)}>
          <div className="stack">
            <p>{t("erase.consequence")}</p>
            {erase.error && (
              <Notice tone="bad">
                {isProblem(erase.error, "users.sign_in_again") ? t("erase.again") : explain(words, erase.error)}
              </Notice>
            )}
            <div className="row">
              <Button kind="danger" busy={erase.isPending} onClick={() => erase.mutate()}>
                {t("erase.yes")}
              </Button>
              <Button kind="quiet" onClick={() => setAsking(false)}>
                {t("erase.no")}
              </Button>
            </div>
          </div>
        </Dialog>
      )}
    </section>
  );
}
