import { Body, get, Id, Price, role, Timestamp, Type } from "@souk/contract";

const PromotionUsage = Type.Object({
  promotionId: Id,
  counted: Type.Boolean({ description: "false: it has no limit, and what is not limited is not counted" }),
  uses: Type.Integer({ minimum: 0, description: "by orders that were neither rejected nor cancelled" }),
  returned: Type.Integer({ minimum: 0, description: "by orders that gave their use back" }),
  customers: Type.Integer({ minimum: 0, description: "how many have used it; a guest counts by e-mail address" }),
  usesLeft: Type.Optional(Type.Integer({ minimum: 0, description: "of `limits.uses`" })),
  spent: Type.Optional(Price),
  budgetLeft: Type.Optional(Price),
  lastUsedAt: Type.Union([Timestamp, Type.Null()]),
});

export const promotionUsage = {
  promotionUsage: get("/v1/promotions/:promotionId/usage", {
    summary: "Show how far a promotion's limits are used up",
    description: "As orders have counted it: the same numbers that decide whether the next order may use it.",
    access: role("support", "merchandiser", "operator", "admin"),
    params: Body({ promotionId: Id }),
    returns: PromotionUsage,
  }),
} as const;
