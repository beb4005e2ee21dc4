import type { Client } from "@souk/contract";
import type { users } from "@souk/users/contract";

export type Misfit = { readonly field: string; readonly message: string };
/**
 * What is wrong with customer groups that a merchandiser names: one that is none would help nobody, and nobody would see why. Users is asked, so
 * it is not for inside of a transaction, and what was named `before` is not asked about again: it may have gone meanwhile.
 */
export type UnknownGroups = (
  field: string,
  named: readonly string[] | undefined,
  before?: readonly string[],
) => Promise<Misfit[]>;

export const unknownGroups =
  ({ missingGroups }: Pick<Client<typeof users>, "missingGroups">): UnknownGroups =>
  async (field, named = [], before = []) => {
    const codes = named.filter((code) => !before.includes(code));
    if (codes.length === 0) return [];
    const { missing } = await missingGroups({ body: { codes } });
    return missing.map((code) => ({
      field: `${field}/${named.indexOf(code)}`,
      message: `there is no customer group ${code}`,
    }));
  };
