import type { ClientBase, QueryResult } from "pg";
import { isUnavailable, translate } from "./errors.ts";
import { type Statement, statementOf } from "./statement.ts";
import type { Param } from "./types.ts";
import { encode } from "./values.ts";

export type Connection = ClientBase;

const corked = new WeakSet<Connection>();
const broken = new WeakMap<Connection, Error>();

/** A connection that dies while nobody waits on it must not end the process; whoever uses it next is told. */
export function watch(connection: Connection): Connection {
  return connection.on("error", (error) => {
    if (!broken.has(connection)) broken.set(connection, error);
  });
}

export const isBroken = (connection: Connection): boolean => broken.has(connection);

/**
 * What is sent in one turn of the event loop leaves in one packet: `begin` with the first statements, the last ones with
 * `commit`. (`pg` corks each statement, not the batch.)
 */
function cork(connection: Connection): void {
  if (corked.has(connection)) return;
  // @types/pg does not show the socket
  const { stream } = (
    connection as unknown as { connection: { stream: NodeJS.WritableStream & { cork?(): void; uncork?(): void } } }
  ).connection;
  if (!stream.cork || !stream.uncork) return;
  corked.add(connection);
  stream.cork();
  process.nextTick(() => {
    corked.delete(connection);
    stream.uncork?.();
  });
}

function send(
  connection: Connection,
  query: { text: string; name?: string; values?: unknown[] },
): Promise<QueryResult> {
  cork(connection);
  return new Promise((resolve, reject) => {
    connection.query(query, (error: Error | null, result: QueryResult) => (error ? reject(error) : resolve(result)));
  });
}

/** A statement on a dead connection only says so; why it died was said to nobody. */
const failure = (connection: Connection, error: unknown): Error => {
  const translated = translate(error);
  return isUnavailable(translated) ? translate(broken.get(connection) ?? error) : translated;
};

/** Sends one prepared statement, without waiting for those before it. @throws StatementError, ServiceError */
export async function run(connection: Connection, strings: TemplateStringsArray, values: Param[]): Promise<unknown[]> {
  const { name, text }: Statement = statementOf(strings);
  try {
    return (await send(connection, { name, text, values: values.map(encode) })).rows;
  } catch (error) {
    throw failure(connection, error); // made here and not in the callback, so that its stack leads to the caller
  }
}

/** Sends `begin`, `commit` or `rollback`. @returns the command tag: PostgreSQL answers `commit` with ROLLBACK when it did that */
export async function control(connection: Connection, text: string): Promise<string> {
  try {
    return (await send(connection, { text })).command;
  } catch (error) {
    throw failure(connection, error);
  }
}
