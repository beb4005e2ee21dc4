/** gRPC's canonical codes: what a stranger may do next (mend the request, sign in, wait, give up). */
export type Status =
  | "invalid_argument"
  | "unauthenticated"
  | "permission_denied"
  | "not_found"
  | "already_exists"
  | "failed_precondition"
  | "aborted"
  | "resource_exhausted"
  | "unavailable"
  | "deadline_exceeded"
  | "internal";

/** An expected failure with a name: `code` is for programs and stable, `message` is for people and free to change. */
export class ServiceError extends Error {
  override readonly name = "ServiceError";
  readonly code: string;
  readonly status: Status;
  readonly details: unknown;

  constructor(code: string, status: Status, message: string, details?: unknown, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.status = status;
    this.details = details;
  }
}

// biome-ignore lint/suspicious/noExplicitAny: the details of an error are typed by its own message function
type Spec = { status: Status; message: (details: any) => string };
type Maker<S extends Spec> = ((...args: [...Parameters<S["message"]>, ErrorOptions?]) => ServiceError) & {
  readonly code: string;
  readonly status: Status;
};
export type ErrorTable = Readonly<
  Record<string, ((...args: never[]) => ServiceError) & { code: string; status: Status }>
>;

/** `OutOfStock` of `inventory` → `inventory.out_of_stock`, the stable code that clients see. */
const codeOf = (owner: string, name: string) =>
  `${owner}.${name.replace(/(?<=[a-z0-9])[A-Z]/g, (c) => `_${c}`).toLowerCase()}`;

/**
 * A service's error table. `throw errors.OutOfStock({ sku })`; the message says the thing, its value and the next step.
 * @param owner the service's name, the first half of every code
 */
export function defineErrors<T extends Record<string, Spec>>(
  owner: string,
  specs: T,
): { readonly [K in keyof T]: Maker<T[K]> } {
  const makers = Object.entries(specs).map(([name, { status, message }]) => {
    const code = codeOf(owner, name);
    const withDetails = (details?: unknown, options?: ErrorOptions) =>
      new ServiceError(code, status, message(details), details, options);
    const make = message.length > 0 ? withDetails : (options?: ErrorOptions) => withDetails(undefined, options);
    return [name, Object.assign(make, { code, status })];
  });
  return Object.fromEntries(makers);
}
