import { type Keeper, personOf } from "@souk/service/personal-data";
import { contactsOf, forgetContacts, forgetLocale, localeOfUser } from "./db/contacts.ts";
import { deliveriesOf, forgetRecipients } from "./db/deliveries.ts";
import { forgetPreferences, preferenceTable } from "./db/preferences.ts";
import { forgetMail } from "./db/sink.ts";
import type { Sealed } from "./outgoing.ts";
import { contexts, type Recipients } from "./recipients.ts";

/** What this service keeps about people, and how it is erased: messages stay, without whom they were for. */
export function keeper(recipients: Recipients): Keeper {
  const bytes = (digests: readonly string[]) => digests.map((digest) => Buffer.from(digest, "hex"));
  const subjects = (userId: string, digests: readonly string[]) => [
    personOf({ userId }),
    ...digests.map((addressDigest) => personOf({ addressDigest })),
  ];

  return {
    async erase(tx, { userId, addressDigests }, requestedAt) {
      const digests = bytes(addressDigests);
      // The addresses that the person's messages went to, too: mail in the sink is found by nothing else.
      const own = await deliveriesOf(tx, userId, digests);
      const sent = await recipients.open<Sealed>(
        tx,
        contexts.delivery,
        own.map(({ person, sealed }) => ({ person: person ?? "", sealed })),
      );
      const addresses = [...new Set(sent.flatMap((one) => one?.recipient ?? []))].map((a) => recipients.keyOf(a));
      const mails = await forgetMail(tx, [...digests, ...addresses], requestedAt);
      const deliveries = await forgetRecipients(tx, userId, digests, requestedAt);
      const contacts = await forgetContacts(tx, userId, digests);
      const preferences = await forgetPreferences(tx, userId, subjects(userId, addressDigests));
      await forgetLocale(tx, userId);
      return { erased: { deliveries, contacts, mails, preferences } };
    },

    async collect(sql, { userId, addressDigests }) {
      const digests = bytes(addressDigests);
      const rows = await deliveriesOf(sql, userId, digests);
      const sent = await recipients.open<Sealed>(
        sql,
        contexts.delivery,
        rows.map(({ person, sealed }) => ({ person: person ?? "", sealed })),
      );
      const contacts = await contactsOf(sql, userId, digests);
      const people = await recipients.open<object>(
        sql,
        contexts.contact,
        contacts.map(({ person, sealed }) => ({ person: person ?? "", sealed })),
      );
      const sealedPhone = await preferenceTable(sql).phone(userId);
      const [phone] = await recipients.open<string>(sql, contexts.phone, [
        { person: personOf({ userId }), sealed: sealedPhone },
      ]);
      const preferences = await Promise.all(
        subjects(userId, addressDigests).map((one) => preferenceTable(sql).of(one)),
      );
      return {
        messages: rows.map(({ person: _p, sealed: _s, ...row }, i) => ({ ...row, ...sent[i] })),
        contacts: people.filter((one) => one !== undefined),
        preferences: { ...Object.assign({}, ...preferences), phone: phone ?? null },
        locale: await localeOfUser(sql, userId),
      };
    },
  };
}
