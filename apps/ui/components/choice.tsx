import type { ComponentProps, ReactNode } from "react";

type Props = Omit<ComponentProps<"input">, "type" | "children"> & { readonly children: ReactNode };

export const Checkbox = ({ children, ...input }: Props) => (
  <label className="choice">
    <input type="checkbox" {...input} />
    <span>{children}</span>
  </label>
);

/** One of several, in a frame of its own. */
export const RadioCard = ({ children, ...input }: Props) => (
  <label className="choice-card">
    <input type="radio" {...input} />
    <span className="choice-card-body">{children}</span>
  </label>
);
