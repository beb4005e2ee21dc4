import type { ReactNode } from "react";

/** The narrow pages by which one comes in. */
export const Entrance = ({
  title,
  lead,
  children,
}: {
  readonly title: string;
  readonly lead?: ReactNode;
  readonly children: ReactNode;
}) => (
  <div className="page entrance">
    <div className="card stack">
      <h1>{title}</h1>
      {lead && <p className="soft">{lead}</p>}
      {children}
    </div>
  </div>
);
