import { X } from "lucide-react";
import { createContext, type ReactNode, useCallback, useContext, useMemo, useRef, useState } from "react";
import { Button } from "./button.tsx";
import { IconButton } from "./icon-button.tsx";

export type Toast = {
  readonly text: string;
  readonly tone?: "bad";
  readonly action?: { readonly label: string; readonly run: () => void };
};
type Shown = Toast & { readonly id: number };

const Context = createContext<(toast: Toast) => void>(() => {});
export const useToast = () => useContext(Context);

const shownMs = 5_000;
const badMs = 9_000;

/** Short news at the edge of the screen, read out by screen readers, gone by itself. */
export function Toasts({ closeLabel, children }: { readonly closeLabel: string; readonly children: ReactNode }) {
  const [toasts, setToasts] = useState<readonly Shown[]>([]);
  const next = useRef(1);
  const close = useCallback((id: number) => setToasts((all) => all.filter((toast) => toast.id !== id)), []);
  const show = useCallback(
    (toast: Toast) => {
      const id = next.current++;
      setToasts((all) => [...all.slice(-2), { ...toast, id }]);
      setTimeout(() => close(id), toast.tone === "bad" ? badMs : shownMs);
    },
    [close],
  );
  const list = useMemo(
    () =>
      toasts.map(({ id, text, tone, action }) => (
        <div className="toast" key={id} data-tone={tone}>
          <span>{text}</span>
          {action && (
            <Button
              size="small"
              onClick={() => {
                close(id);
                action.run();
              }}
            >
              {action.label}
            </Button>
          )}
          <IconButton label={closeLabel} onClick={() => close(id)}>
            <X size={16} aria-hidden="true" />
          </IconButton>
        </div>
      )),
    [toasts, close, closeLabel],
  );
  return (
    <Context value={show}>
      {children}
      <div className="toasts" aria-live="polite">
        {list}
      </div>
    </Context>
  );
}
