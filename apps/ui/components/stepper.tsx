import { Minus, Plus } from "lucide-react";
import { useEffect, useState } from "react";

type Props = {
  readonly value: number;
  readonly min?: number;
  readonly max: number;
  readonly onChange: (value: number) => void;
  readonly labels: { readonly quantity: string; readonly less: string; readonly more: string };
  readonly size?: "small";
};

/** A small whole number, typed or stepped. What is typed counts when the field is left or Enter is pressed. */
export function Stepper({ value, min = 1, max, onChange, labels, size }: Props) {
  const [typed, setTyped] = useState(String(value));
  useEffect(() => setTyped(String(value)), [value]);
  const set = (wanted: number) => {
    const next = Math.max(min, Math.min(max, Number.isFinite(wanted) ? Math.round(wanted) : value));
    setTyped(String(next));
    if (next !== value) onChange(next);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would want a legend of its own; this is one field with two buttons
    <div className="stepper" role="group" aria-label={labels.quantity} {...(size && { "data-size": size })}>
      <button type="button" aria-label={labels.less} aria-disabled={value <= min} onClick={() => set(value - 1)}>
        <Minus size={16} aria-hidden="true" />
      </button>
      <input
        inputMode="numeric"
        aria-label={labels.quantity}
        value={typed}
        onChange={(event) => setTyped(event.target.value.replace(/\D/g, "").slice(0, 4))}
        onBlur={() => set(typed === "" ? value : Number(typed))}
        onKeyDown={(event) => {
          if (event.key === "Enter") {
            event.preventDefault();
            set(Number(typed));
          }
          if (event.key === "ArrowUp") set(value + 1);
          if (event.key === "ArrowDown") set(value - 1);
        }}
      />
      <button type="button" aria-label={labels.more} aria-disabled={value >= max} onClick={() => set(value + 1)}>
        <Plus size={16} aria-hidden="true" />
      </button>
    </div>
  );
}
