/**
 * What payments is told of why money moves. People's own words stay with the order alone, which forgets them when its customer is erased: the
 * books that payments keeps are not rewritten.
 */
export const seeOrder = "See the order.";
