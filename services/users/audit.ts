import { page } from "@souk/http";
import { type Clock, instant } from "@souk/kernel";
import type { Db, Tx } from "@souk/postgres";
import { auditPage, insertAudit } from "./db/administration.ts";

type Deps = { db: Db; clock: Clock; newId: () => string };
type Filter = { actorId?: string; subjectId?: string; page?: number; limit?: number };

/** Who changed what about whom: committed with the change. Names ids, roles and groups, never a person. */
export const audit = ({ db, clock, newId }: Deps) => ({
  async note(tx: Tx, actorId: string, action: string, subjectId: string, detail: object): Promise<void> {
    await insertAudit(tx, { id: newId(), at: instant(clock.now()), actorId, action, subjectId, detail });
  },
  async list({ page: number = 1, limit = 20, ...filter }: Filter) {
    return page(
      { ...(await auditPage(db, { ...filter, page: number, limit })), page: number, limit },
      "/v1/audit",
      filter,
    );
  },
});
export type Audit = ReturnType<typeof audit>;
