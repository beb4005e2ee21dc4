import { setTimeout as delay } from "node:timers/promises";
import { type Experiment, living, signalled, untilBack, untilStruck } from "./experiment.ts";

/** Only those that a commit keeps waiting: what becomes of it nobody will ever be told. */
const terminateCommits = `
  select count(*) from (
    select pg_terminate_backend(pid) from pg_stat_activity
    where pid <> pg_backend_pid() and backend_type = 'client backend' and application_name not in ('', 'chaos', 'provision')
      and state = 'active' and query ilike 'commit%' limit 2) as ended`;
const terminateAny = `
  select count(*) from (
    select pg_terminate_backend(pid) from pg_stat_activity
    where pid <> pg_backend_pid() and backend_type = 'client backend' and application_name not in ('', 'chaos', 'provision')
      and state in ('active', 'idle in transaction') limit 1) as ended`;

export const lostCommits: Experiment = {
  name: "back ends are terminated in mid-commit",
  hypothesis: "Whether it committed is looked up, and never guessed.",
  async run({ shop, struck }, ms) {
    let commits = 0;
    let others = 0;
    const look = async (until: number) => {
      for (; performance.now() < until; await delay(3)) {
        // Most looks find nobody in a commit: it lasts half a millisecond.
        const { rows } = await shop.sql("postgres", terminateCommits);
        commits += Number(rows[0]?.count ?? 0);
        if (others < ms / 400) others += Number((await shop.sql("postgres", terminateAny)).rows[0]?.count ?? 0);
      }
    };
    try {
      await look(performance.now() + ms);
      await untilStruck("terminating whoever commits", async () => {
        if (commits === 0) await look(performance.now() + 250);
        return commits > 0;
      });
    } finally {
      struck("back end terminated in mid-commit", commits);
      struck("back end terminated in mid-statement", others);
    }
  },
};

export const killedPostgres: Experiment = {
  name: "kill -9 of PostgreSQL",
  hypothesis: "What was acknowledged is there after its recovery; everybody connects again by themselves.",
  async run({ shop, struck }, ms) {
    for (let times = Math.max(1, Math.floor(ms / 15_000)); times > 0; times--) {
      const before = await signalled(() => living(shop, "postgres"), "SIGKILL");
      struck("kill -9 of PostgreSQL");
      await untilBack(shop, before);
      if (times > 1) await delay(10_000);
    }
  },
};

const outboxes = ["orders", "inventory", "payments"];
/** What is refused is rolled back, and all that it would leave behind with it; but not what it takes from a sequence. */
const fill = `
  create sequence if not exists chassis.chaos_refusals;
  grant usage on sequence chassis.chaos_refusals to public;
  create or replace function chassis.chaos_disk_full() returns trigger language plpgsql as $$
  begin
    perform nextval('chassis.chaos_refusals');
    raise exception 'could not extend file: No space left on device' using errcode = '53100';
  end $$;
  create or replace trigger chaos_disk_full before insert on chassis.outbox
    for each statement execute function chassis.chaos_disk_full()`;
const refused = "select case when is_called then last_value else 0 end as times from chassis.chaos_refusals";
const free = `
  drop trigger if exists chaos_disk_full on chassis.outbox; drop function if exists chassis.chaos_disk_full();
  drop sequence if exists chassis.chaos_refusals`;

/**
 * No quota on a tablespace can be had without being root, so the disk is not really full: a trigger refuses every insert into the outbox with
 * what PostgreSQL says then, SQLSTATE 53100. What the service sees is the same; what PostgreSQL itself does on a full disk is not tried.
 */
export const fullDisk: Experiment = {
  name: "no disk for the outbox",
  hypothesis: "What cannot be told is not done: nothing commits without its event, and nobody is told that it did.",
  async run({ shop, struck }, ms) {
    const timesIn = async (service: string) => Number((await shop.sql(service, refused)).rows[0]?.times ?? 0);
    try {
      for (const service of outboxes) await shop.sql(service, fill);
      await delay(ms);
      await untilStruck("a full disk", async () =>
        (await Promise.all(outboxes.map(timesIn))).some((times) => times > 0),
      );
      for (const service of outboxes) struck(`outbox of ${service} full`, await timesIn(service));
    } finally {
      for (const service of outboxes) await shop.sql(service, free);
    }
  },
};
