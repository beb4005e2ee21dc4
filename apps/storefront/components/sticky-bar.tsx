import { type ReactNode, type RefObject, useEffect, useState } from "react";

type Props = {
  /** What the page has of the same in its place. */
  readonly own: RefObject<Element | null>;
  readonly children: ReactNode;
};

/** On a telephone: what a page is for stays at hand at the lower edge, while its own place is off the screen. */
export function StickyBar({ own, children }: Props) {
  const [isAway, setAway] = useState(false);
  useEffect(() => {
    const place = own.current;
    if (!place) return undefined;
    const observer = new IntersectionObserver(([entry]) => setAway(entry?.isIntersecting === false));
    observer.observe(place);
    return () => observer.disconnect();
  }, [own]);
  return isAway ? <div className="sticky-bar">{children}</div> : null;
}
