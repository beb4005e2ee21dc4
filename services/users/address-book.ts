import { page } from "@souk/http";
import { type Clock, instant } from "@souk/kernel";
import type { Db, Sql } from "@souk/postgres";
import { type PersonKeys, personOf } from "@souk/service/personal-data";
import { addressTable, clearDefaults, lockAddressBook, type StoredAddress } from "./db/addresses.ts";
import { errors } from "./errors.ts";
import { contexts } from "./people.ts";

type Deps = { db: Db; clock: Clock; newId: () => string; keys: PersonKeys };
type Fields = {
  name: string;
  line1: string;
  line2?: string;
  city: string;
  region?: string;
  postalCode: string;
  country: string;
  phone?: string;
  label?: string;
};
type Defaults = { defaultShipping?: boolean; defaultBilling?: boolean };

const maxAddresses = 50;

/** A person's addresses. One at most is the default for shipping, one for billing; the first is both. */
export function addressBook({ db, clock, newId, keys }: Deps) {
  const table = addressTable(db);

  async function opened(sql: Sql, userId: string, stored: readonly StoredAddress[]) {
    const person = personOf({ userId });
    const fields = await keys.open<Fields>(
      sql,
      contexts.address,
      stored.map(({ sealed }) => ({ person, sealed })),
    );
    return stored.flatMap(({ id, defaultShipping, defaultBilling }, i) => {
      const address = fields[i];
      return address ? [{ id, ...address, defaultShipping, defaultBilling }] : [];
    });
  }

  async function one(sql: Sql, userId: string, addressId: string) {
    const stored = await addressTable(sql).byId(userId, addressId);
    const [address] = stored ? await opened(sql, userId, [stored]) : [];
    if (!address) throw errors.AddressNotFound({ addressId });
    return address;
  }

  async function sealed(sql: Sql, userId: string, fields: Fields): Promise<Buffer> {
    const bytes = await keys.seal(sql, { userId }, contexts.address, fields, instant(clock.now()));
    if (!bytes) throw errors.NotFound({ userId });
    return bytes;
  }

  return {
    async list(userId: string, { page: number = 1, limit = 20 }: { page?: number; limit?: number }) {
      const rows = await table.page(userId, limit, (number - 1) * limit);
      const items = await opened(db, userId, rows);
      return page({ items, total: rows[0]?.total ?? 0, page: number, limit }, "/v1/users/me/addresses");
    },

    /** @throws errors.AddressNotFound */
    byId: (userId: string, addressId: string) => one(db, userId, addressId),

    /** @throws errors.TooManyAddresses */
    add: (userId: string, { defaultShipping, defaultBilling, ...fields }: Fields & Defaults) =>
      db.tx(async (tx) => {
        const book = await lockAddressBook(tx, userId);
        if (!book) throw errors.NotFound({ userId });
        if (book.count >= maxAddresses) throw errors.TooManyAddresses({ limit: maxAddresses });
        const isFirst = book.count === 0;
        const defaults = {
          defaultShipping: defaultShipping ?? isFirst,
          defaultBilling: defaultBilling ?? isFirst,
        };
        await clearDefaults(tx, userId, defaults);
        const addressId = newId();
        await addressTable(tx).insert({
          ...{ addressId, userId, ...defaults },
          sealed: await sealed(tx, userId, fields),
          now: instant(clock.now()),
        });
        return { id: addressId, ...fields, ...defaults };
      }),

    /** @throws errors.AddressNotFound */
    change: (
      userId: string,
      addressId: string,
      { defaultShipping, defaultBilling, ...changes }: Partial<Fields> & Defaults,
    ) =>
      db.tx(async (tx) => {
        await lockAddressBook(tx, userId);
        const {
          id: _,
          defaultShipping: wasShipping,
          defaultBilling: wasBilling,
          ...before
        } = await one(tx, userId, addressId);
        const fields: Fields = { ...before, ...changes };
        await clearDefaults(tx, userId, {
          defaultShipping: defaultShipping ?? false,
          defaultBilling: defaultBilling ?? false,
        });
        const defaults = {
          defaultShipping: defaultShipping ?? wasShipping,
          defaultBilling: defaultBilling ?? wasBilling,
        };
        await addressTable(tx).update({ addressId, ...defaults, sealed: await sealed(tx, userId, fields) });
        return { id: addressId, ...fields, ...defaults };
      }),

    /** @throws errors.AddressNotFound */
    async remove(userId: string, addressId: string): Promise<void> {
      if (!(await table.remove(userId, addressId))) throw errors.AddressNotFound({ addressId });
    },

    /** All of them, for an export. */
    all: async (sql: Sql, userId: string) => opened(sql, userId, await addressTable(sql).page(userId, maxAddresses, 0)),
  };
}
export type AddressBook = ReturnType<typeof addressBook>;
