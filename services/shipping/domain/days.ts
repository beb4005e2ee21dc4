/** Working days each method takes, as promised to shoppers. */
export const days = {
  standard: { minDays: 2, maxDays: 4 },
  express: { minDays: 1, maxDays: 1 },
  pickup: { minDays: 0, maxDays: 1 },
} as const;
