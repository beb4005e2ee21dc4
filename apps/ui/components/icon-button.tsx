import type { ButtonHTMLAttributes, ReactNode } from "react";

type Props = ButtonHTMLAttributes<HTMLButtonElement> & { readonly label: string; readonly children: ReactNode };

/** A button that shows only a picture, and says what it does to those who do not see it. */
export const IconButton = ({ label, children, ...rest }: Props) => (
  <button type="button" className="icon-button" aria-label={label} title={label} {...rest}>
    {children}
  </button>
);
