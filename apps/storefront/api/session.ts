import { useSyncExternalStore } from "react";
import { stored } from "./stored.ts";

/** What a script may know of the session; the tokens themselves are in cookies that it cannot read. */
const known = stored<{ readonly until?: number }>("souk.session", {});

/** Refreshed so much before it has to be: requests take time, and clocks differ. */
const marginMs = 30_000;

export const isSignedIn = (): boolean => known.get().until !== undefined;
export const useSignedIn = (): boolean => useSyncExternalStore(known.subscribe, isSignedIn);

/** @param expiresIn seconds, as the shop answered */
export const rememberSession = (expiresIn: number): void =>
  known.set({ until: Date.now() + expiresIn * 1_000 - marginMs });
export const forgetSession = (): void => known.set({});

const isFresh = (): boolean => {
  const { until } = known.get();
  return until === undefined || Date.now() < until;
};

/**
 * Makes sure that the session's cookies still count. A refresh token works once, so one tab refreshes at a time, and the others see
 * that it was done.
 * @param force although the clock says that they do: the shop says otherwise
 */
export async function freshen(force = false): Promise<void> {
  if (isFresh() && !force) return;
  const before = known.get().until;
  await exclusively("souk-session", async () => {
    if (known.get().until !== before) return;
    const response = await fetch("/session/refresh", { method: "POST", headers: { accept: "application/json" } });
    if (!response.ok) return; // nobody can say right now: the request itself will tell
    const { signedIn, expiresIn } = (await response.json()) as { signedIn: boolean; expiresIn: number };
    if (signedIn) rememberSession(expiresIn);
    else forgetSession();
  });
}

/** Of all tabs one at a time. */
const exclusively = (name: string, work: () => Promise<void>): Promise<void> =>
  "locks" in navigator ? navigator.locks.request(name, work) : work();
