import type { Clock } from "@souk/kernel";
import type { Publish } from "@souk/messaging";
import type { Db } from "@souk/postgres";
import type { Secret } from "@souk/service";
import { addressDigest, personKeys } from "@souk/service/personal-data";
import { accounts } from "./accounts.ts";
import { addressBook } from "./address-book.ts";
import { administration } from "./administration.ts";
import { audit } from "./audit.ts";
import { credentials } from "./credentials.ts";
import { erasure } from "./erasure.ts";
import { dataExport } from "./export.ts";
import { letters } from "./letters.ts";
import { machines } from "./machines.ts";
import { passwords } from "./password.ts";
import { people } from "./people.ts";
import { secondFactor } from "./second-factor.ts";
import { sessions } from "./sessions.ts";
import { throttle } from "./throttle.ts";
import type { TokenIssuer } from "./tokens.ts";

type Outside = {
  readonly db: Db;
  readonly publish: Publish;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly newSecret: (bytes: number) => string;
  readonly tokens: TokenIssuer;
  readonly personalDataKey: Secret;
  readonly addressKey: Secret;
  readonly letterKey: Secret;
  readonly passwordMemoryKib: number;
  readonly sessionMs: number;
  readonly attemptsPerCaller: number;
  readonly staffNeedSecondFactor: boolean;
  /** The services that keep something about people, by name. */
  readonly keepers: readonly string[];
};

/** Everything that routes and tasks stand on, made once and given what each needs. */
export function wireServices(outside: Outside) {
  const { personalDataKey, addressKey, passwordMemoryKib, attemptsPerCaller, ...rest } = outside;
  const keys = personKeys(personalDataKey);
  const base = { ...rest, keys, people: people(keys, addressDigest(addressKey), addressKey) };
  const parts = {
    ...base,
    audit: audit(base),
    letters: letters(base),
    secondFactor: secondFactor(base),
    sessions: sessions(base),
    addresses: addressBook(base),
    throttle: throttle({ ...base, perCaller: attemptsPerCaller }),
    passwords: passwords({ memory: passwordMemoryKib, passes: 2 }),
  };
  return {
    ...parts,
    accounts: accounts(parts),
    credentials: credentials(parts),
    machines: machines(parts),
    administration: administration(parts),
    erasure: erasure(parts),
    dataExport: dataExport(parts),
  };
}
export type Services = ReturnType<typeof wireServices>;
