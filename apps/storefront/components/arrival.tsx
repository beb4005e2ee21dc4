import type { Method } from "../api/shipping.ts";
import { useWords } from "../i18n/index.tsx";
import { workingDaysAfter } from "./working-days.ts";

type Props = {
  readonly method: Pick<Method, "method" | "minDays" | "maxDays">;
  /** When it was ordered, or would be. */
  readonly from: Date;
};

/** When a parcel is there, in days that people know. */
export function Arrival({ method: { method, minDays, maxDays }, from }: Props) {
  const { t, day } = useWords();
  const on = (days: number) => day(workingDaysAfter(from, days));
  if (method === "pickup") return t("method.pickup.when");
  if (minDays === maxDays) return t("method.by", { day: on(maxDays) });
  return t("method.between", { from: on(minDays), to: on(maxDays) });
}
