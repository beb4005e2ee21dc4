import type { WholeProduct } from "@souk/products/contract";
import type { Listed } from "./domain/catalogue-index.ts";

/** As the index takes it. */
export const listedOf = ({ productId, createdAt, ...product }: WholeProduct): Listed => ({
  ...product,
  id: productId,
  createdAt: Date.parse(createdAt),
});
