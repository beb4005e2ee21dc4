export type { Db, Param, Sql, Tx, TxOptions } from "./types.ts";
