import type { ReactNode } from "react";

type Props = {
  readonly icon: ReactNode;
  readonly title: string;
  readonly children?: ReactNode;
  readonly level?: "h1" | "h2";
};

/** In the place of what is not there: why, and where to go. */
export const Empty = ({ icon, title, children, level: Heading = "h1" }: Props) => (
  <div className="empty">
    {icon}
    <Heading>{title}</Heading>
    {children}
  </div>
);
