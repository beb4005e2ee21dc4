/** A small value that outlives the page, and that every tab sees. Never a token: scripts could read it. */
export function stored<T>(key: string, fallback: T) {
  let raw: string | null | undefined;
  let value = fallback;
  const listeners = new Set<() => void>();
  const tell = () => {
    for (const listener of listeners) listener();
  };
  addEventListener("storage", (event) => {
    if (event.key === key || event.key === null) tell();
  });
  return {
    get(): T {
      const now = read(key);
      if (now !== raw) {
        raw = now;
        value = parse(now, fallback);
      }
      return value;
    },
    set(next: T): void {
      try {
        localStorage.setItem(key, JSON.stringify(next));
      } catch {
        // Full or forbidden: it holds for this page then.
        raw = read(key);
        value = next;
      }
      tell();
    },
    subscribe(listener: () => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function parse<T>(raw: string | null, fallback: T): T {
  if (raw === null) return fallback;
  try {
    return { ...fallback, ...JSON.parse(raw) };
  } catch {
    return fallback;
  }
}
