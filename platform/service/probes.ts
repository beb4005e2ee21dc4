import type { HttpServer } from "@souk/http";
import type { Mesh } from "@souk/mesh";
import type { Telemetry } from "@souk/telemetry";
import type { Readiness } from "./readiness.ts";

export type ProbesOptions = {
  readonly app: HttpServer["app"];
  readonly about: { readonly service: string; readonly version: string; readonly instance: string };
  readonly readiness: Readiness;
  readonly mesh: Pick<Mesh, "state">;
  readonly registry: Telemetry["registry"];
};

/** What the machinery around a service asks it. Never on a port that is reached from outside. */
export function serveProbes({ app, about, readiness, mesh, registry }: ProbesOptions): void {
  app.get("/livez", async () => ({ status: "alive" }));

  app.get("/startupz", async (_request, reply) =>
    reply.code(readiness.started ? 200 : 503).send({ status: readiness.started ? "started" : "starting" }),
  );

  app.get("/readyz", async (_request, reply) => {
    const problems = await readiness.check();
    return reply
      .code(problems.length === 0 ? 200 : 503)
      .send({ status: problems.length === 0 ? "ready" : "unready", problems });
  });

  app.get("/health", async (_request, reply) => {
    const problems = await readiness.check();
    const dependencies = Object.fromEntries(
      Object.entries(mesh.state()).map(([name, { breaker, instances }]) => [
        name,
        { breaker: breaker.state, instances: instances.length },
      ]),
    );
    const weakened = Object.values(dependencies).some(({ breaker }) => breaker !== "closed");
    const status = problems.length > 0 ? "unavailable" : weakened ? "degraded" : "ok";
    return reply.code(problems.length > 0 ? 503 : 200).send({ status, ...about, problems, dependencies });
  });

  app.get("/metrics", async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()));
}
