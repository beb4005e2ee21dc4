import type { Principal } from "@souk/contract";

/** Who shops and who works here, and what they order: importing them starts no service. */
export const person = (n: number, ...roles: string[]): Principal => ({
  kind: "user",
  id: `019d0000-0000-7000-8000-${String(n).padStart(12, "0")}`,
  roles,
  sessionId: "s",
});
export const anna = person(1, "customer");
export const boris = person(2, "customer");
export const merchandiser = person(3, "merchandiser");
export const support = person(4, "support");
export const operator = person(5, "operator");
export const nobody: Principal = { kind: "anonymous" };

export const address = { name: "Anna", line1: "1 Street", city: "Berlin", postalCode: "10115", country: "DE" };
export const purchase = {
  email: "anna@example.com",
  shippingAddress: address,
  shippingMethod: "standard" as const,
  paymentToken: "tok_test",
};
