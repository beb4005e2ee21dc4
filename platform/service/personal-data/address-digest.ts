import { createHmac } from "node:crypto";
import type { Secret } from "../secret.ts";

/** Addresses are one whatever their letter case. */
export const normalAddress = (email: string): string => email.trim().toLowerCase();

/** A keyed digest of an e-mail address as 64 hexadecimal digits: finds what is kept about it, tells nothing without the key. */
export type AddressDigest = (email: string) => string;

/** Every service of a shop has the same key, so that all know an address by the same digest. */
export const addressDigest =
  ({ current }: Secret): AddressDigest =>
  (email) =>
    createHmac("sha256", current)
      .update(`address:${normalAddress(email)}`)
      .digest("hex");
