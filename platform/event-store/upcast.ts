import type { StreamType } from "./types.ts";

export type Upcasters<E> = NonNullable<StreamType<unknown, unknown, E>["upcasters"]>;

/** A stored event as today's code knows it. One without upcaster is stored as today's. */
export function upcast<E>(stored: { readonly type: string }, upcasters: Upcasters<E> | undefined): E {
  const translate = upcasters?.[stored.type];
  // as: what `decide` returned was stored, so this is the one place where JSON becomes E again
  return translate ? translate({ ...stored }) : (stored as E);
}
