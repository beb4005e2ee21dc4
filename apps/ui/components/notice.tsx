import { CircleAlert, CircleCheck, Info, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";

const icons = { info: Info, ok: CircleCheck, warn: TriangleAlert, bad: CircleAlert } as const;
export type Tone = keyof typeof icons;

/** Something to know. Bad news is read out at once. */
export function Notice({ tone = "info", children }: { readonly tone?: Tone; readonly children: ReactNode }) {
  const Icon = icons[tone];
  return (
    <div className="notice" data-tone={tone} role={tone === "bad" ? "alert" : "status"}>
      <Icon size={18} aria-hidden="true" />
      <div className="notice-body">{children}</div>
    </div>
  );
}

export const Badge = ({
  tone,
  children,
}: {
  readonly tone?: "ok" | "warn" | "bad" | "accent" | undefined;
  readonly children: ReactNode;
}) => (
  <span className="badge" data-tone={tone}>
    {children}
  </span>
);
