import { useState } from "react";
import { Problem } from "../api/problem.ts";

type Values = Readonly<Record<string, string>>;
export type Check<V extends Values> = (values: V) => { readonly [K in keyof V]?: string | undefined };

/** The texts of a form, and what is wrong with them: found here when a field is left, or by the shop. */
export function useFields<V extends Values>(initial: V, check: Check<V>) {
  const [values, setValues] = useState(initial);
  const [left, setLeft] = useState<ReadonlySet<keyof V>>(new Set());
  const [refused, setRefused] = useState<{ readonly [K in keyof V]?: string | undefined }>({});
  const wrong = check(values);
  const errorOf = (name: keyof V): string | undefined => refused[name] ?? (left.has(name) ? wrong[name] : undefined);
  return {
    values,
    set: (part: Partial<V>) => {
      setValues((all) => ({ ...all, ...part }));
      setRefused((all) => ({ ...all, ...Object.fromEntries(Object.keys(part).map((name) => [name, undefined])) }));
    },
    /** What an input needs to belong to this form. */
    field: (name: keyof V & string) => ({
      name,
      value: values[name] ?? "",
      error: errorOf(name),
      onChange: (event: { target: { value: string } }) => {
        const { value } = event.target;
        setValues((all) => ({ ...all, [name]: value }));
        setRefused((all) => ({ ...all, [name]: undefined }));
      },
      onBlur: () => setLeft((all) => new Set([...all, name])),
    }),
    /** False, and everything that is wrong is shown, when the form cannot be sent. */
    isComplete(): boolean {
      setLeft(new Set(Object.keys(values)));
      return Object.values(wrong).every((error) => error === undefined);
    },
    /**
     * Puts what the shop refused beside the fields that it names by their last part: `/shippingAddress/city`.
     * @param part what this form is of all that was sent: `shippingAddress`
     */
    refuse(error: unknown, part?: string): void {
      if (!(error instanceof Problem)) return;
      const known = error.fields.flatMap(({ field, message }) => {
        const path = field.split("/");
        const name = path.at(-1) ?? "";
        const isOurs = part === undefined || path.at(-2) === part;
        return isOurs && name in values ? [[name, message]] : [];
      });
      setRefused(Object.fromEntries(known));
    },
  };
}

/** Takes whoever sent a form to the first field that has to be mended. */
export function focusFirstError(form: HTMLElement | null): void {
  requestAnimationFrame(() => form?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
}
