import { Empty, Skeleton } from "@souk/ui";
import { useQuery } from "@tanstack/react-query";
import { Undo2 } from "lucide-react";
import { useState } from "react";
import { returnsQuery } from "../api/queries.ts";
import { useSignedIn } from "../api/session.ts";
import { AccountFrame } from "../components/account-frame.tsx";
import { Failed } from "../components/failed.tsx";
import { Pages } from "../components/pages.tsx";
import { ReturnCard } from "../components/return-card.tsx";
import { useWords } from "../i18n/index.tsx";

export default function ReturnsPage() {
  return (
    <AccountFrame part="account.returns">
      <Returns />
    </AccountFrame>
  );
}

function Returns() {
  const { t } = useWords();
  const [page, setPage] = useState(1);
  const signedIn = useSignedIn();
  const { data, error, refetch } = useQuery({ ...returnsQuery(page), enabled: signedIn });
  if (!data && error) return <Failed error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton height="7rem" />;
  if (data.pagination.total === 0)
    return (
      <Empty icon={<Undo2 size={44} aria-hidden="true" />} title={t("accountReturns.none.title")} level="h2">
        <p>{t("accountReturns.none.text")}</p>
      </Empty>
    );
  return (
    <>
      <ul className="stack orders">
        {data.data.map((one) => (
          <ReturnCard key={one.id} given={one} withOrder />
        ))}
      </ul>
      {data.pagination.pages > 1 && <Pages page={page} pages={data.pagination.pages} go={setPage} />}
    </>
  );
}
