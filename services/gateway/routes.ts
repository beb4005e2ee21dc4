import { type Contract, isPublic } from "@souk/contract";
import { asyncapi } from "@souk/contract/asyncapi";
import { mergeOpenapi } from "@souk/contract/openapi";
import { answer, type Handlers } from "@souk/http";
import type { gateway } from "./contract.ts";
import { errorsPage } from "./pages/errors.ts";
import { homePage, type Running } from "./pages/home.ts";
import { contentSecurityPolicy } from "./pages/html.ts";
import { referencePage } from "./pages/reference.ts";

type Deps = {
  contracts: readonly Contract[];
  running: () => Running[];
  version: string;
  publicUrl: string;
  development: boolean;
};

const pageHeaders = { "content-security-policy": contentSecurityPolicy, "cache-control": "no-cache" };
const documentHeaders = { "cache-control": "no-cache" };

/** The documents are made when first asked for: most processes never are. */
export function routes({ contracts, running, version, publicUrl, development }: Deps): Handlers<typeof gateway> {
  const visible = contracts.filter(({ endpoints }) => Object.values(endpoints).some(isPublic));
  const reference = lazily(() => referencePage(visible));
  const errors = lazily(errorsPage);
  const openapi = lazily(() =>
    JSON.stringify(mergeOpenapi(visible, { title: "Souk", version, servers: [publicUrl], development })),
  );
  const events = lazily(() => JSON.stringify(asyncapi(contracts, { title: "Souk", version })));
  return {
    home: async () => answer(200, homePage(running(), publicUrl), pageHeaders),
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
