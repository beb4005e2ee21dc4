import type { ButtonHTMLAttributes, ReactNode } from "react";
import { Spinner } from "./spinner.tsx";

export type ButtonLook = {
  readonly kind?: "primary" | "quiet" | "danger";
  readonly size?: "small" | "large";
  readonly wide?: boolean;
};

/** The attributes that make anything look like a button: links too. */
export const buttonLook = ({ kind, size, wide }: ButtonLook = {}) => ({
  className: "button",
  ...(kind && { "data-kind": kind }),
  ...(size && { "data-size": size }),
  ...(wide && { "data-wide": "" }),
});

type Props = ButtonLook &
  Omit<ButtonHTMLAttributes<HTMLButtonElement>, "disabled"> & {
    /** Works already: it stays focusable and says so, but does nothing more. */
    readonly busy?: boolean;
    readonly children: ReactNode;
  };

export function Button({ kind, size, wide, busy = false, type = "button", onClick, children, ...rest }: Props) {
  const look = buttonLook({ ...(kind && { kind }), ...(size && { size }), ...(wide && { wide }) });
  return (
    <button
      {...look}
      type={type}
      aria-disabled={busy || undefined}
      aria-busy={busy || undefined}
      onClick={(event) => {
        if (busy) event.preventDefault();
        else onClick?.(event);
      }}
      {...rest}
    >
      {busy && <Spinner />}
      {children}
    </button>
  );
}
