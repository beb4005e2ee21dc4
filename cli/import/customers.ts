import { createHmac } from "node:crypto";
import { kept } from "../access-tokens.ts";
import { Failure } from "../failure.ts";
import { detailOf, type ShopAnswer, type ShopClient } from "../shop-client.ts";

const emailOf = (customer: string) => `customer-${customer.toLowerCase()}@import.souk.example`;
type SignedIn = { readonly accessToken: string; readonly expiresIn: number };

/**
 * Accounts for the data set's customers. Their passwords follow from `secret`, so that a second run signs in instead of up.
 * @param secret known to this shop alone
 */
export function customerAccounts(shop: ShopClient, secret: string, now: () => number) {
  const tokens = new Map<string, () => Promise<string>>();
  const passwordOf = (customer: string) =>
    createHmac("sha256", secret).update(`customer ${customer}`).digest("base64url");

  async function register(customer: string): Promise<ShopAnswer> {
    const body = { email: emailOf(customer), password: passwordOf(customer), name: `Customer ${customer}` };
    const answer = await shop.call("POST", "/v1/auth/register", { body });
    if (answer.status === 201) return answer; // also when it is there: signing up again with the same password signs in
    throw new Failure(`Customer ${customer} cannot be registered: ${detailOf(answer.body)}`, "See: souk logs users");
  }

  async function signIn(customer: string): Promise<{ token: string; expiresIn: number }> {
    const answer = (await register(customer)).body as SignedIn; // as: the shop's own answer
    return { token: answer.accessToken, expiresIn: answer.expiresIn };
  }

  return {
    emailOf,
    /** Makes the account unless it is there. */
    ensure: async (customer: string): Promise<void> => void (await register(customer)),
    token(customer: string): Promise<string> {
      const known = tokens.get(customer);
      if (known) return known();
      const token = kept(() => signIn(customer), now);
      tokens.set(customer, token);
      return token();
    },
  };
}
export type CustomerAccounts = ReturnType<typeof customerAccounts>;
