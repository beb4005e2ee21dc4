export { LockHeld, type Patience } from "./advisory-lock.ts";
export { type Database, type DatabaseOptions, databaseOn, openDatabase, type Source } from "./database.ts";
export { errors, isUniqueViolation, SerializationFailure, StatementError } from "./errors.ts";
export { type ListenOptions, listen } from "./listen.ts";
export { digestOf, MigrationError, type MigrationSet, migrate, pendingMigrations } from "./migrate.ts";
export { type Provision, type Provisioned, provisionDatabase } from "./provision.ts";
export type { Db, Param, Sql, Tx, TxOptions } from "./types.ts";
export { json, storableText } from "./values.ts";
