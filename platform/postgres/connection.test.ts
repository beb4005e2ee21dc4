import assert from "node:assert/strict";
import { after, test } from "node:test";
import { testDatabase } from "@souk/testing";
import pg from "pg";
import { control, PostgresConnection, rowsOf } from "./connection.ts";
import { cutAfter, speaking } from "./cut.fixture.ts";
import { StatementError } from "./errors.ts";
import { statementOf } from "./statement.ts";
import { messageReader } from "./wire/reader.ts";

const { url, sql } = await testDatabase({ sets: [] });
await sql`create table notes (id integer primary key, text text)`;
const broken: Error[] = [];
const open: PostgresConnection[] = [];
after(() => Promise.all(open.map((connection) => connection.close())));

async function connect(answerTimeoutMs = 5_000, to = url): Promise<PostgresConnection> {
  const config = { connectionString: to, options: "-c timezone=UTC -c datestyle=ISO" };
  const connection = await PostgresConnection.open({
    config,
    answerTimeoutMs,
    onBroken: (_, error) => broken.push(error),
  });
  open.push(connection);
  return connection;
}
const statement = (strings: TemplateStringsArray, ...values: unknown[]) => ({ strings, values });
const ask = async (connection: PostgresConnection, { strings, values }: ReturnType<typeof statement>, alone: boolean) =>
  rowsOf(connection.send(statementOf(strings), values as never[], alone));
const sqlState = (result: PromiseSettledResult<unknown>) =>
  result.status === "rejected" && result.reason instanceof StatementError ? result.reason.sqlState : result.status;

test("a failed statement leaves those sent behind it in its transaction undone, and the next turn works", async () => {
  const connection = await connect();
  const sent = [
    control(connection, "begin"),
    ask(connection, statement`insert into notes values (1, 'one')`, false),
    ask(connection, statement`insert into notes values (1, 'again')`, false),
    ask(connection, statement`insert into notes values (2, 'two')`, false),
    control(connection, "commit"),
  ];
  const ends = (await Promise.allSettled(sent)).map(sqlState);
  assert.deepEqual(ends, ["fulfilled", "fulfilled", "23505", "25P02", "25P02"]);
  assert.equal(await control(connection, "rollback"), "ROLLBACK");
  assert.deepEqual(await ask(connection, statement`select id from notes`, true), []);
  // What was prepared by a statement that failed or was skipped is prepared, or is prepared anew.
  await ask(connection, statement`insert into notes values (${2}, 'two')`, true);
  assert.deepEqual(await ask(connection, statement`select id, text from notes`, true), [{ id: 2, text: "two" }]);
});

test("statements that stand alone fail alone", async () => {
  const connection = await connect();
  const sent = [1, 0, 2].map((n) => ask(connection, statement`select 2 / ${n}::integer as half`, true));
  const ends = await Promise.allSettled(sent);
  assert.deepEqual(ends.map(sqlState), ["fulfilled", "22012", "fulfilled"]);
  assert.deepEqual(await sent[2], [{ half: 1 }]);
});

test("a statement that stands alone has failed when its commit does, and those after it have not", async () => {
  const connection = await connect();
  await ask(connection, statement`create table late (id integer unique deferrable initially deferred)`, true);
  const sent = [1, 1, 2].map((id) => ask(connection, statement`insert into late values (${id}) returning id`, true));
  const ends = await Promise.allSettled(sent);
  assert.deepEqual(ends.map(sqlState), ["fulfilled", "23505", "fulfilled"]);
  assert.deepEqual(await ask(connection, statement`select id from late order by id`, true), [{ id: 1 }, { id: 2 }]);
});

test("an empty statement answers nothing, and what comes after it is answered", async () => {
  const connection = await connect();
  const sent = [ask(connection, statement``, true), ask(connection, statement`select 1 as v`, true)];
  assert.deepEqual(await Promise.all(sent), [[], [{ v: 1 }]]);
});

test("a value that cannot be written is refused before anything is sent", async () => {
  const connection = await connect();
  const circular: Record<string, unknown> = {};
  circular["itself"] = circular;
  await assert.rejects(ask(connection, statement`select ${circular}::jsonb as v`, true), TypeError);
  assert.deepEqual(await ask(connection, statement`select 1 as v`, true), [{ v: 1 }]);
});

test("values of every size come back as they were sent", async () => {
  const connection = await connect();
  for (const length of [0, 1, 4_095, 4_096, 70_000, 3_000_000]) {
    const text = "ü€😀"
      .repeat(Math.ceil(length / 3))
      .slice(0, length)
      .toWellFormed();
    const [row] = await ask(
      connection,
      statement`select ${text}::text as text, ${Buffer.from(text)}::bytea as bytes`,
      true,
    );
    const { text: back, bytes } = row as { text: string; bytes: Buffer };
    assert.ok(back === text, `${length} characters`);
    assert.ok(bytes.equals(Buffer.from(text)), `${length} bytes`);
  }
});

test("when the server ends the session, what waits and what comes later is told why", async () => {
  const connection = await connect();
  const [{ pid } = { pid: 0 }] = (await ask(connection, statement`select pg_backend_pid() as pid`, true)) as {
    pid: number;
  }[];
  // Listened to from the start: the session may be gone before the one that ended it has its answer.
  const waiting = assert.rejects(ask(connection, statement`select pg_sleep(30)`, true), {
    code: "postgres.unavailable",
  });
  await sql`select pg_terminate_backend(${pid})`;
  await waiting;
  assert.ok(connection.isBroken);
  await assert.rejects(ask(connection, statement`select 1`, true), { code: "postgres.unavailable" });
  assert.equal(broken.length, 1);
});

test("a server that does not answer in time is hung up on", async () => {
  const connection = await connect(50);
  await assert.rejects(ask(connection, statement`select pg_sleep(30)`, true), { code: "postgres.unavailable" });
  assert.ok(connection.isBroken);
});

test("wherever an answer is cut off, it is told as a lost connection, never as an answer", async () => {
  const proxy = await cutAfter(url);
  after(proxy.close);
  const question = statement`select text from (values ('one'), ('two')) as t (text)`;
  for (let bytes = 0, whole = false; !whole; bytes++) {
    const connection = await connect(5_000, proxy.url);
    proxy.arm(bytes);
    const answer = await ask(connection, question, true).catch((error) => error);
    whole = Array.isArray(answer);
    if (whole) assert.deepEqual(answer, [{ text: "one" }, { text: "two" }]);
    else assert.equal(answer.code, "postgres.unavailable", `after ${bytes} bytes`);
    proxy.disarm();
  }
});

test("a server that shuts down with the last word of its handshake ends the connection, and not the process", async () => {
  const goodbye = "SFATAL\0VFATAL\0C57P01\0Mterminating connection\0\0";
  const server = await speaking({ greeting: [["E", goodbye]] });
  after(server.close);
  const connection = await connect(5_000, server.url);
  await assert.rejects(ask(connection, statement`select 1`, true), { code: "postgres.unavailable" });
});

test("what is not the protocol ends the connection, and not the process", async () => {
  for (const nonsense of ["HTTP/1.1 400 Bad Request\r\n\r\n", "Z\0\0\0\0Z\0\0\0\0", "Z\xff\xff\xff\xff"]) {
    const server = await speaking({ greeting: [], answer: nonsense });
    after(server.close);
    const connection = await connect(5_000, server.url);
    await assert.rejects(ask(connection, statement`select 1`, true), { code: "postgres.unavailable" });
  }
});

test("messages are found wherever the packets are cut", () => {
  const message = (code: string, body: string) => {
    const bytes = Buffer.alloc(5 + body.length);
    bytes.write(code);
    bytes.writeInt32BE(4 + body.length, 1);
    bytes.write(body, 5);
    return bytes;
  };
  const all = Buffer.concat([message("Z", "I"), message("D", "some data"), message("C", "")]);
  for (let cut = 0; cut <= all.length; cut++) {
    for (let again = cut; again <= all.length; again++) {
      const seen: string[] = [];
      const read = messageReader((code, bytes, start, end) =>
        seen.push(String.fromCharCode(code) + bytes.toString("utf8", start, end)),
      );
      for (const part of [all.subarray(0, cut), all.subarray(cut, again), all.subarray(again)]) read(part);
      assert.deepEqual(seen, ["ZI", "Dsome data", "C"], `cut at ${cut} and ${again}`);
    }
  }
});

test("it speaks the same values as the driver it replaces", async () => {
  const connection = await connect();
  const values = [
    [1, -2.5],
    ["a", null, 'q"\\{},'],
    [
      [1, 2],
      [3, 4],
    ],
    true,
    5n,
    { a: [1] },
  ];
  const ours = await ask(
    connection,
    statement`select ${values[0]}::float8[] as a, ${values[1]}::text[] as b, ${values[2]}::int[] as c, ${values[3]}::bool as d,
      ${values[4]}::int as e, ${values[5]}::jsonb as f`,
    true,
  );
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const text = "select $1::float8[] as a, $2::text[] as b, $3::int[] as c, $4::bool as d, $5::int as e, $6::jsonb as f";
  assert.deepEqual(ours, (await client.query(text, values)).rows);
  await client.end();
});
