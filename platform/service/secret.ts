/** A secret in rotation: put the new version first, keep the old one second until nothing made with it is about. */
export type Secret = {
  /** Signs, encrypts, logs in. */
  readonly current: string;
  /** Verifies: the current version and the one before it. */
  readonly accepted: readonly [string, ...string[]];
};

const minLength = 32;
const obvious = /change.?me|password|default|example|secret|development|insecure/i;

/**
 * @param raw one or two versions, separated by a comma or a line break
 * @throws Error a sentence that does not contain the value
 */
export function parseSecret(
  raw: string | undefined,
  environment: { readonly development: boolean },
  developmentDefault?: string,
): Secret {
  const [current, ...older] = (raw ?? "")
    .split(/[,\n]/)
    .map((version) => version.trim())
    .filter((version) => version !== "");
  if (current === undefined) throw new Error("is not set; set it, or name a mounted file with _FILE.");
  if (older.length > 1) throw new Error(`has ${older.length + 1} versions; two at most can be live.`);
  if (!environment.development) for (const version of [current, ...older]) refuseWeak(version, developmentDefault);
  return { current, accepted: [current, ...older] };
}

function refuseWeak(version: string, developmentDefault: string | undefined) {
  if (version === developmentDefault)
    throw new Error("is the default of development; make a random one (openssl rand -base64 32).");
  if (version.length < minLength)
    throw new Error(`is weak: ${version.length} characters, ${minLength} are needed (openssl rand -base64 32).`);
  if (new Set(version).size < 10 || obvious.test(version))
    throw new Error("is weak: it can be guessed; make a random one (openssl rand -base64 32).");
}
