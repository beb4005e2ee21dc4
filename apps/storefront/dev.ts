import { join } from "node:path";
import { createServer } from "vite";

/**
 * Serves the storefront from its sources and reloads it as they change; everything else is asked of a gateway that runs.
 * `node dev.ts http://localhost:8080`
 */
async function serve(gateway: string): Promise<string> {
  const server = await createServer({
    configFile: join(import.meta.dirname, "vite.config.ts"),
    configLoader: "native",
    logLevel: "warn",
    server: {
      proxy: Object.fromEntries(
        ["/v1", "/session", "/return-labels", "/docs", "/status", "/openapi.json"].map((path) => [
          path,
          { target: gateway },
        ]),
      ),
    },
  });
  await server.listen();
  return server.resolvedUrls?.local[0] ?? "";
}

const [, , gateway] = process.argv;
if (gateway === undefined) throw new Error("say where the gateway is: node dev.ts http://localhost:8080");
console.log(await serve(gateway));
