import { CircleAlert } from "lucide-react";
import { type ComponentProps, type ReactNode, useId } from "react";

type Common = {
  readonly label: string;
  readonly error?: string | undefined;
  readonly hint?: ReactNode;
  /** Said beside the label of what may stay empty. */
  readonly optional?: string | undefined;
};

function useField({ error, hint }: Pick<Common, "error" | "hint">) {
  const id = useId();
  const describedBy = [error && `${id}-error`, hint && `${id}-hint`].filter(Boolean).join(" ");
  return {
    id,
    described: {
      "aria-invalid": error ? true : undefined,
      "aria-describedby": describedBy || undefined,
    },
  };
}

function Frame({ id, label, error, hint, optional, children }: Common & { id: string; children: ReactNode }) {
  return (
    <div className="field">
      <label htmlFor={id}>
        {label} {optional && <span className="field-optional">{optional}</span>}
      </label>
      {children}
      {hint && (
        <div className="field-hint" id={`${id}-hint`}>
          {hint}
        </div>
      )}
      {error && (
        <div className="field-error" id={`${id}-error`}>
          <CircleAlert size={16} aria-hidden="true" />
          {error}
        </div>
      )}
    </div>
  );
}

export function TextField({ label, error, hint, optional, ...input }: Common & ComponentProps<"input">) {
  const { id, described } = useField({ error, hint });
  return (
    <Frame {...{ id, label, error, hint, optional }}>
      <input className="input" id={id} {...described} {...input} />
    </Frame>
  );
}

export function SelectField({ label, error, hint, optional, children, ...select }: Common & ComponentProps<"select">) {
  const { id, described } = useField({ error, hint });
  return (
    <Frame {...{ id, label, error, hint, optional }}>
      <select className="input" id={id} {...described} {...select}>
        {children}
      </select>
    </Frame>
  );
}
