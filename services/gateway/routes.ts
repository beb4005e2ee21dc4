import { type Contract, isPublic } from "@souk/contract";
import { describingEvents } from "@souk/contract/asyncapi";
import { mergingOpenapi } from "@souk/contract/openapi";
import type { Steps } from "@souk/contract/steps";
import { answer, type Handlers } from "@souk/http";
import type { gateway } from "./contract.ts";
import { preparedDocument } from "./pages/document.ts";
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

/** The documents are made when first asked for: most processes never are. */
export function routes({ contracts, running, version, publicUrl, development, site }: Deps): PageHandlers {
  const visible = contracts.filter(({ endpoints }) => Object.values(endpoints).some(isPublic));
  const about = { title: "Souk", version };
  const reference = preparedDocument(() => referencePage(visible, publicUrl), pageHeaders);
  const openapi = preparedDocument(() =>
    written(mergingOpenapi(visible, { ...about, servers: [publicUrl], development })),
  );
  const events = preparedDocument(() => written(describingEvents(contracts, about)));
  let errors: string | undefined;
  const status = () => answer(200, statusPage(running(), publicUrl), pageHeaders);
  return {
    home: async () => (site ? answer(200, site.index.text, site.index.headers) : status()),
    status: async () => status(),
    reference: ({ rawHeaders }) => reference(rawHeaders),
    async errors() {
      errors ??= errorsPage();
      return answer(200, errors, pageHeaders);
    },
    openapi: ({ rawHeaders }) => openapi(rawHeaders),
    asyncapi: ({ rawHeaders }) => events(rawHeaders),
  };
}

function* written(steps: Steps<unknown>): Steps<string> {
  return JSON.stringify(yield* steps);
}
