import type { Output } from "@souk/contract";
import type { users } from "@souk/users/contract";
import { queryOptions } from "@tanstack/react-query";
import { api } from "./client.ts";

export type Address = Output<typeof users.endpoints.address.spec>;

export const addressesQuery = queryOptions({
  queryKey: ["addresses"],
  queryFn: async ({ signal }) => (await api.users.addresses({ query: { limit: 100 } }, { signal })).data,
});
