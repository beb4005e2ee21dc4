import { type Contract, isPublic } from "@souk/contract";
import { asyncapi } from "@souk/contract/asyncapi";
import { mergeOpenapi } from "@souk/contract/openapi";
import { answer, type Handlers } from "@souk/http";
import type { gateway } from "./contract.ts";
import { errorsPage } from "./pages/errors.ts";
import { contentSecurityPolicy } from "./pages/html.ts";
import { referencePage } from "./pages/reference.ts";
import { type Running, statusPage } from "./pages/status.ts";
import type { SessionHandlers } from "./session/routes.ts";
import type { Site } from "./storefront/site.ts";

type Deps = {
  contracts: readonly Contract[];
  running: () => Running[];
  version: string;
  publicUrl: string;
  development: boolean;
  site: Site | undefined;
};
type PageHandlers = Omit<Handlers<typeof gateway>, keyof SessionHandlers>;

const pageHeaders = { "content-security-policy": contentSecurityPolicy, "cache-control": "no-cache" };
const documentHeaders = { "cache-control": "no-cache" };

/** The documents are made when first asked for: most processes never are. */
export function routes({ contracts, running, version, publicUrl, development, site }: Deps): PageHandlers {
  const visible = contracts.filter(({ endpoints }) => Object.values(endpoints).some(isPublic));
  const reference = lazily(() => referencePage(visible, publicUrl));
  const errors = lazily(errorsPage);
  const openapi = lazily(() =>
    JSON.stringify(mergeOpenapi(visible, { title: "Souk", version, servers: [publicUrl], development })),
  );
  const events = lazily(() => JSON.stringify(asyncapi(contracts, { title: "Souk", version })));
  const status = () => answer(200, statusPage(running(), publicUrl), pageHeaders);
  return {
    home: async () => (site ? answer(200, site.index.text, site.index.headers) : status()),
    status: async () => status(),
    reference: async () => answer(200, reference(), pageHeaders),
    errors: async () => answer(200, errors(), pageHeaders),
    openapi: async () => answer(200, openapi(), documentHeaders),
    asyncapi: async () => answer(200, events(), documentHeaders),
  };
}

function lazily<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
