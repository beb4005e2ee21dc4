import type { Handler } from "@souk/messaging";
import type { users } from "@souk/users/contract";
import { rememberLocale } from "../db/contacts.ts";
import type { Outgoing } from "../outgoing.ts";

type UserEvents = typeof users.events;

/** Letters about accounts, and what language people read. */
export function accountLetters({ outgoing }: { outgoing: Outgoing }) {
  const due: Handler<UserEvents["letterDue"]> = (event, tx) =>
    outgoing.writeLetter(tx, event, event.data.kind, event.data.letterId);
  const registered: Handler<UserEvents["registered"]> = async ({ data, sequence }, tx) => {
    await rememberLocale(tx, data.userId, data.locale, sequence);
  };
  const changed: Handler<UserEvents["profileChanged"]> = async ({ data, sequence }, tx) => {
    await rememberLocale(tx, data.userId, data.locale, sequence);
  };
  return { due, registered, changed };
}
