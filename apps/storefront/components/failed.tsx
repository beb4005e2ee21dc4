import { Button, Empty, Notice } from "@souk/ui";
import { CloudOff, RotateCw } from "lucide-react";
import { Problem } from "../api/problem.ts";
import { useWords, type Words } from "../i18n/index.tsx";

/** What to tell people: in their language where we have the words, else as the shop says it. */
export function explain({ t, has }: Words, error: unknown): string {
  if (!(error instanceof Problem)) return t("error.unexpected");
  const key = `error.${error.code}`;
  if (has(key)) return t(key);
  if (error.isPassing) return t("error.no_answer");
  return error.message;
}

type Props = { readonly error: unknown; readonly retry: () => void };

/** In the place of something that could not be fetched, among others that could. */
export function Failed({ error, retry }: Props) {
  const words = useWords();
  return (
    <Notice tone="bad">
      <span>{explain(words, error)}</span>
      <span>
        <Button size="small" onClick={retry}>
          <RotateCw size={16} aria-hidden="true" /> {words.t("error.retry")}
        </Button>
      </span>
    </Notice>
  );
}

/** In the place of a whole page. */
export function FailedPage({ error, retry }: Props) {
  const words = useWords();
  return (
    <Empty icon={<CloudOff size={44} aria-hidden="true" />} title={words.t("outage.title")}>
      <p>{explain(words, error)}</p>
      {error instanceof Problem && error.requestId && (
        <p className="small soft">{words.t("outage.reference", { id: error.requestId })}</p>
      )}
      <Button kind="primary" onClick={retry}>
        <RotateCw size={18} aria-hidden="true" /> {words.t("error.retry")}
      </Button>
    </Empty>
  );
}
