import type { Database } from "../../../platform/testing/simulation/postgres/index.ts";
import { template } from "../chassis/stage.ts";
import { ownTables } from "./commands.ts";

let made: Database | undefined;

/** The modelled counterpart of `openReal`. */
export function comparedTemplate(): Database {
  made ??= template("compared", ownTables);
  return made;
}
