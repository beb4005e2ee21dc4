import { type Clock, type Instant, instant } from "@souk/kernel";
import type { Tx } from "@souk/postgres";
import { type Channel, insertDelivery } from "./db/deliveries.ts";
import { preferenceTable } from "./db/preferences.ts";
import { type Content, categoryOf } from "./domain/facts.ts";
import type { Locale } from "./domain/locale.ts";
import { contexts, type Recipient, type Recipients } from "./recipients.ts";

type Deps = { clock: Clock; newId: () => string; recipients: Recipients; wake: () => void };
type Event = { readonly id: string; readonly time: Instant };

/** What is sealed with a message until it is sent. */
export type Sealed = {
  /** None: whoever sends it asks for the account's address. */
  readonly recipient?: string;
  readonly facts: Content["facts"];
};

/**
 * Decides messages: in the transaction that handles the event, one per (event, template, recipient). The sender sends them after the commit.
 * One that nobody may or wants to get is decided as well, and not sent.
 */
export function outgoing({ clock, newId, recipients, wake }: Deps) {
  async function isWanted(tx: Tx, { template }: Content, { person }: Recipient): Promise<boolean> {
    const category = categoryOf(template);
    if (category === undefined) return true;
    return (await preferenceTable(tx).of(person))[category] ?? true;
  }

  return {
    /** @param address e-mail or telephone; undefined: the account's own, which is asked for when it is sent */
    async write(
      tx: Tx,
      event: Event,
      content: Content,
      to: { recipient: Recipient; address: string | undefined; locale: Locale; channel?: Channel },
    ): Promise<void> {
      const { recipient, address, locale, channel = "email" } = to;
      const sealed: Sealed = { ...(address !== undefined && { recipient: address }), facts: content.facts };
      const bytes = recipient.seal?.(contexts.delivery, sealed);
      const mayBeSent = bytes !== undefined && (await isWanted(tx, content, recipient));
      await insertDelivery(tx, {
        ...{ deliveryId: newId(), eventId: event.id, template: content.template, channel, locale },
        person: bytes ? recipient.person : null,
        userId: recipient.userId,
        recipientKey: bytes ? recipient.key : null,
        sealed: bytes ?? null,
        letterId: null,
        status: mayBeSent ? "pending" : "suppressed",
        now: instant(clock.now()),
      });
      if (mayBeSent) tx.afterCommit(wake);
    },

    /** A message of which only its letter is known: whoever sends it asks for the rest. */
    async writeLetter(tx: Tx, event: Event, template: Content["template"], letterId: string): Promise<void> {
      await insertDelivery(tx, {
        ...{ deliveryId: newId(), eventId: event.id, template, channel: "email", locale: "en" },
        ...{ person: null, userId: null, sealed: null, letterId, status: "pending" },
        recipientKey: recipients.keyOf(`letter:${letterId}`),
        now: instant(clock.now()),
      });
      tx.afterCommit(wake);
    },
  };
}
export type Outgoing = ReturnType<typeof outgoing>;
