import { type Clock, systemClock } from "@souk/kernel";

/** The machine's time. Unlike a service's, a command's timers keep it alive: it has nothing else to wait on. */
export const commandClock: Clock = {
  ...systemClock,
  after(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
};
