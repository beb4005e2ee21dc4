import { anyone, defineContract, get, Type } from "@souk/contract";
import type { Clock } from "@souk/kernel";
import {
  createIdentity,
  createIdentityVerifier,
  createMesh,
  createUserTokenVerifier,
  type Discovery,
  dns,
  fileRegistry,
  fileTrustBundle,
  type Jwks,
  type Mesh,
  staticInstances,
  staticTrustBundle,
  type TrustBundle,
  type Verify,
} from "@souk/mesh";
import type { Telemetry } from "@souk/telemetry";
import type { ChassisConfig } from "./chassis-config.ts";
import type { World } from "./world.ts";

/** The other services, and how callers prove who they are. */
export type Neighbours = {
  readonly mesh: Mesh;
  readonly verifyUser: Verify;
  readonly verifyService: Verify;
  close(): Promise<void>;
};

type Options = {
  readonly name: string;
  readonly config: ChassisConfig;
  readonly world: World;
  readonly telemetry: Telemetry;
};

export function createNeighbours({ name, config, world, telemetry }: Options): Neighbours {
  const { clock, chance } = world;
  const { log } = telemetry;
  const { identityKey, trustBundleFile } = config;
  const mesh = createMesh({
    caller: name,
    discovery: discoveryOf(config, telemetry, clock),
    ...(identityKey && { identity: createIdentity({ service: name, privateKeyJwk: identityKey, clock }) }),
    clock,
    chance,
    log,
    telemetry,
  });
  const watched = trustBundleFile === undefined ? undefined : fileTrustBundle({ path: trustBundleFile, clock, log });
  // Nobody is trusted then: every identity token is refused.
  const trustBundle: TrustBundle = watched ?? staticTrustBundle({ keys: [] });
  return {
    mesh,
    verifyUser: userVerifier(config, mesh, clock),
    verifyService: createIdentityVerifier({ trustBundle, self: name, clock }),
    async close() {
      watched?.close();
      await mesh.close();
    },
  };
}

function discoveryOf(
  { registryFile, dnsTemplate, instances }: ChassisConfig,
  { log }: Telemetry,
  clock: Clock,
): Discovery {
  if (registryFile !== undefined) return fileRegistry({ path: registryFile, clock, log });
  if (dnsTemplate !== undefined) return dns({ template: dnsTemplate, clock, log });
  return staticInstances(instances ?? {});
}

/** What the chassis must know of the service that issues people's tokens. */
const issuerContract = (name: string) =>
  defineContract({
    name,
    endpoints: {
      keys: get("/.well-known/jwks.json", {
        summary: "Publish the keys that verify access tokens",
        access: anyone,
        returns: Type.Unsafe<Jwks>({}),
      }),
    },
    events: {},
  });

function userVerifier(
  { tokenIssuerService, tokenIssuer, tokenAudience }: ChassisConfig,
  mesh: Mesh,
  clock: Clock,
): Verify {
  // Without an issuer there is no key either: every user token is refused.
  if (tokenIssuerService === undefined || tokenIssuer === undefined) {
    return createUserTokenVerifier({ jwks: async () => ({ keys: [] }), issuer: "", audience: tokenAudience, clock });
  }
  const issuer = mesh.client(issuerContract(tokenIssuerService));
  return createUserTokenVerifier({ jwks: () => issuer.keys(), issuer: tokenIssuer, audience: tokenAudience, clock });
}
