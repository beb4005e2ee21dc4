import { answer, type Handlers } from "@souk/http";
import type { ownAccount } from "../contract/own-account.ts";
import type { users } from "../contract.ts";
import type { Services } from "../services.ts";
import { person } from "./callers.ts";

type OwnAccount = Pick<Handlers<typeof users>, keyof typeof ownAccount>;

export function ownAccountRoutes(services: Services): OwnAccount {
  const { administration, credentials, sessions, addresses, secondFactor, letters, db, dataExport, erasure } = services;
  const none = {};

  return {
    me: ({ principal }) => administration.user(person(principal).id),
    updateMe: ({ principal, body }) => administration.rename(person(principal).id, body),
    async changePassword({ principal, body, address }) {
      const { id: userId, sessionId } = person(principal);
      await credentials.changePassword({ userId, sessionId, address }, body.currentPassword, body.newPassword);
      return none;
    },
    async changeAddress({ principal, body, address }) {
      await credentials.changeAddress(person(principal).id, body.email, body.password, address);
      return answer(202, none);
    },
    async sendVerification({ principal }) {
      await credentials.sendVerification(person(principal).id);
      return answer(202, none);
    },

    async sessions({ principal }) {
      const { id, sessionId } = person(principal);
      const live = await sessions.list(id);
      return { data: live.map((session) => ({ ...session, current: session.id === sessionId })) };
    },
    async revokeSession({ principal, params: { sessionId } }) {
      await sessions.endOne(person(principal).id, sessionId);
      return none;
    },
    async revokeOtherSessions({ principal }) {
      const { id, sessionId } = person(principal);
      return { ended: await sessions.endOthers(id, sessionId) };
    },

    addresses: ({ principal, query }) => addresses.list(person(principal).id, query),
    async addAddress({ principal, body }) {
      const address = await addresses.add(person(principal).id, body);
      return answer(201, address, { location: `/v1/users/me/addresses/${address.id}` });
    },
    address: ({ principal, params }) => addresses.byId(person(principal).id, params.addressId),
    updateAddress: ({ principal, params, body }) => addresses.change(person(principal).id, params.addressId, body),
    async removeAddress({ principal, params }) {
      await addresses.remove(person(principal).id, params.addressId);
      return none;
    },

    async enrolSecondFactor({ principal }) {
      const { id, sessionId } = person(principal);
      await sessions.assertFresh(sessionId);
      const { email } = await administration.user(id);
      return answer(201, await secondFactor.begin(id, email));
    },
    async confirmSecondFactor({ principal, body }) {
      const { id, sessionId } = person(principal);
      const recoveryCodes = await secondFactor.confirm(id, body.code, (tx) =>
        letters.to(tx, "second-factor-changed", id),
      );
      await sessions.markSecondFactor(sessionId);
      return { recoveryCodes };
    },
    async renewRecoveryCodes({ principal, body }) {
      return { recoveryCodes: await secondFactor.renew(person(principal).id, body.code) };
    },
    async removeSecondFactor({ principal }) {
      const { id, sessionId } = person(principal);
      await sessions.assertFresh(sessionId);
      await db.tx(async (tx) => {
        if (await secondFactor.remove(tx, id)) await letters.to(tx, "second-factor-changed", id);
      });
      return none;
    },

    export: ({ principal, remainingMs, signal }) => dataExport.get(person(principal).id, remainingMs, signal),
    async eraseMe({ principal }) {
      const { id, sessionId } = person(principal);
      await sessions.assertFresh(sessionId);
      return answer(202, await erasure.erase(id, id));
    },
  };
}
