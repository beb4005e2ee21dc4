import { useQueryClient } from "@tanstack/react-query";
import { CloudOff } from "lucide-react";
import { useCallback, useSyncExternalStore } from "react";
import { isProblem } from "../api/problem.ts";
import { useWords } from "../i18n/index.tsx";
import { usePartsMissing } from "../state/parts.ts";

/** Says that the shop cannot be reached, and leaves on the screen what is there. */
export function OutageBanner() {
  const { t } = useWords();
  const cache = useQueryClient().getQueryCache();
  const subscribe = useCallback((listener: () => void) => cache.subscribe(listener), [cache]);
  const isAway = useSyncExternalStore(subscribe, () =>
    cache.getAll().some((query) => {
      const reason = query.state.fetchFailureReason ?? query.state.error;
      return query.isActive() && isProblem(reason) && reason.isPassing;
    }),
  );
  const isMissing = usePartsMissing();
  return (
    <div role="status">
      {(isAway || isMissing) && (
        <div className="outage">
          <CloudOff size={18} aria-hidden="true" /> {t("outage.banner")}
        </div>
      )}
    </div>
  );
}
