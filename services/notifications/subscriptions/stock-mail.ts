import type { inventory } from "@souk/inventory/contract";
import type { Handler } from "@souk/messaging";
import type { Outgoing } from "../outgoing.ts";
import type { Recipients } from "../recipients.ts";

type Deps = { outgoing: Outgoing; recipients: Recipients; operators: readonly string[] };

/** Writes to operators when something is nearly sold out. */
export const stockMail =
  ({ outgoing, recipients, operators }: Deps): Handler<typeof inventory.events.low> =>
  async (event, tx) => {
    const { sku, available, threshold } = event.data;
    for (const address of operators) {
      const recipient = await recipients.staff(tx, address, event.time);
      const content = { template: "low-stock", facts: { sku, available, threshold } } as const;
      await outgoing.write(tx, event, content, { recipient, address, locale: "en" });
    }
  };
