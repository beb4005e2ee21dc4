import { defineErrors } from "@souk/kernel";

export const errors = defineErrors("recommendations", {
  NotBuilt: {
    status: "unavailable",
    message: () => "Recommendations are being learned for the first time; try again in a moment.",
  },
  ProductNotFound: {
    status: "not_found",
    message: (d: { productId: string }) => `No product ${d.productId}.`,
  },
});
