/** W3C Trace Context, level 2: `00-<trace id>-<span id>-<flags>`; bit 0 of the flags says "sampled". */
export type Traceparent = string;

const SAMPLED_DIGIT = 54;
// A later version may append members; its first four mean the same. `ff` is forbidden.
const shape = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?=-|$)/;

/** The header as version 00, or undefined when it is missing or malformed: then a new trace begins. */
export function parseTraceparent(header: string | undefined): Traceparent | undefined {
  if (header === undefined || !shape.test(header)) return undefined;
  if (header.startsWith("00")) return header.length === 55 ? header : undefined;
  return formatTraceparent(traceIdOf(header), spanIdOf(header), isSampled(header));
}

export const formatTraceparent = (traceId: string, spanId: string, sampled: boolean): Traceparent =>
  `00-${traceId}-${spanId}-${sampled ? "01" : "00"}`;

// These three read a header that `parseTraceparent` accepted; slicing is cheaper than keeping it parsed.
export const traceIdOf = (traceparent: Traceparent): string => traceparent.slice(3, 35);
export const spanIdOf = (traceparent: Traceparent): string => traceparent.slice(36, 52);
/** The last hex digit is odd: '1' is 0x31 and 'b' 0x62, so letters are odd when their code is even. */
export const isSampled = (traceparent: Traceparent): boolean => {
  const code = traceparent.charCodeAt(SAMPLED_DIGIT);
  return (code > 0x39 ? code - 0x57 : code) % 2 === 1;
};
