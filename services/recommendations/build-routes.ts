import { answer, type Handlers } from "@souk/http";
import type { recommendations } from "./contract.ts";
import { generations } from "./db/projection.ts";
import type { RouteDeps } from "./routes.ts";

export const buildRoutes = ({ db, now }: RouteDeps): Pick<Handlers<typeof recommendations>, "rebuild" | "build"> => {
  const table = generations(db);

  async function state() {
    const [live, building] = await Promise.all([table.live(), table.building()]);
    const latest = building ?? live?.generation;
    const builds = latest === undefined ? [] : await table.builds(latest);
    return {
      state: building !== undefined ? ("building" as const) : ("idle" as const),
      ...(live && { live: live.generation }),
      ...(building !== undefined && { building }),
      histories: builds.map(({ history, told, done }) => ({ history, told, done })),
    };
  }

  return {
    async rebuild() {
      await table.begin(now());
      return answer(202, await state());
    },
    build: state,
  };
};
