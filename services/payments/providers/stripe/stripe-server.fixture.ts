import { createHmac } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

type Intent = {
  id: string;
  object: "payment_intent";
  amount: number;
  amount_received: number;
  currency: string;
  capture_method: string;
  created: number;
  metadata: Record<string, string>;
  status: string;
  cancellation_reason: string | null;
  last_payment_error: object | null;
  next_action: object | null;
  latest_charge: string | null;
  multicapture: boolean;
};
type Charge = { id: string; object: "charge"; payment_intent: string; amount_refunded: number; disputed: boolean };
type Refund = {
  id: string;
  object: "refund";
  payment_intent: string;
  amount: number;
  status: string;
  metadata: Record<string, string>;
};
type Dispute = {
  id: string;
  object: "dispute";
  payment_intent: string;
  amount: number;
  reason: string;
  status: string;
};
type Answer = { status: number; body: object };
/** What happens to the next requests, in this order: not reached, refused for the moment, or done without being answered. */
type Mishap = "reset before" | "reset after" | "rate limit" | "server error";

/** A refusal in the shape that Stripe gives it. */
class Refused extends Error {
  readonly status: number;
  readonly error: object;
  constructor(status: number, error: object) {
    super(JSON.stringify(error));
    this.status = status;
    this.error = error;
  }
}
const invalid = (code: string, more: object = {}) =>
  new Refused(400, { type: "invalid_request_error", code, message: `Refused: ${code}.`, ...more });
const missing = (id: string, param = "id") =>
  new Refused(404, {
    type: "invalid_request_error",
    code: "resource_missing",
    param,
    message: `No such object: ${id}`,
  });

const declines: Readonly<Record<string, object>> = {
  pm_declined: { code: "card_declined", decline_code: "generic_decline" },
  pm_poor: { code: "card_declined", decline_code: "insufficient_funds" },
  pm_expired: { code: "expired_card", decline_code: "expired_card" },
};
const known: ReadonlySet<string> = new Set(["pm_ok", "pm_3ds", "tok_visa", ...Object.keys(declines)]);

/** A server of ours that speaks Stripe's HTTP for the calls that the adapter makes, with its idempotency keys and shapes of errors. */
export async function stripeServer({ nowSeconds, apiKey }: { nowSeconds: () => number; apiKey: string }) {
  const intents = new Map<string, Intent>();
  const charges = new Map<string, Charge>();
  const refunds: Refund[] = [];
  const disputes: Dispute[] = [];
  const events: { id: string; object: "event"; type: string; created: number; data: { object: object } }[] = [];
  const keys = new Map<string, { params: string; answer: Answer }>();
  const requests: { method: string; path: string; key: string | undefined }[] = [];
  const mishaps: { path: RegExp; mishap: Mishap }[] = [];
  let count = 0;
  const name = (prefix: string) => `${prefix}_${++count}`;

  const intentOf = (id: string): Intent => {
    const intent = intents.get(id);
    if (!intent) throw missing(id, "intent");
    return intent;
  };
  const chargeOf = (intent: Intent): Charge | undefined => charges.get(intent.latest_charge ?? "");
  function shown(intent: Intent) {
    const { multicapture, ...rest } = intent;
    const made = chargeOf(intent);
    const card = { multicapture: { status: multicapture ? "available" : "unavailable" } };
    return { ...rest, latest_charge: made ? { ...made, payment_method_details: { type: "card", card } } : null };
  }
  function happened(type: string, object: object): void {
    events.push({ id: name("evt"), object: "event", type, created: nowSeconds(), data: { object } });
  }
  const elsewhere = (intent: Intent) => invalid("payment_intent_unexpected_state", { payment_intent: shown(intent) });

  function succeed(intent: Intent): void {
    const id = name("ch");
    charges.set(id, { id, object: "charge", payment_intent: intent.id, amount_refunded: 0, disputed: false });
    const manual = intent.capture_method === "manual";
    Object.assign(intent, {
      latest_charge: id,
      next_action: null,
      last_payment_error: null,
      status: manual ? "requires_capture" : "succeeded",
      amount_received: manual ? 0 : intent.amount,
    });
    happened(manual ? "payment_intent.amount_capturable_updated" : "payment_intent.succeeded", { ...intent });
  }

  function confirm(intent: Intent, params: URLSearchParams): object {
    if (intent.status !== "requires_payment_method") throw elsewhere(intent);
    const method = params.get("payment_method") ?? params.get("payment_method_data[card][token]") ?? "";
    if (!known.has(method)) throw missing(method, "payment_method");
    const decline = declines[method];
    if (decline) {
      const error = { type: "card_error", message: "Your card was declined.", ...decline };
      intent.last_payment_error = error;
      happened("payment_intent.payment_failed", { ...intent });
      throw new Refused(402, { ...error, payment_intent: shown(intent) });
    }
    if (method === "pm_3ds") {
      intent.status = "requires_action";
      intent.next_action = {
        type: "redirect_to_url",
        redirect_to_url: { url: `https://hooks.stripe.example/${intent.id}` },
      };
      happened("payment_intent.requires_action", { ...intent });
    } else succeed(intent);
    return shown(intent);
  }

  function cancel(intent: Intent): object {
    if (intent.status === "succeeded" || intent.status === "canceled") throw elsewhere(intent);
    intent.status = "canceled";
    intent.cancellation_reason ??= "requested_by_customer";
    happened("payment_intent.canceled", { ...intent });
    return shown(intent);
  }

  function capture(intent: Intent, params: URLSearchParams): object {
    if (intent.status !== "requires_capture") throw elsewhere(intent);
    const part = Number(params.get("amount_to_capture") ?? intent.amount - intent.amount_received);
    if (part > intent.amount - intent.amount_received) throw invalid("amount_too_large");
    const goesOn = params.get("final_capture") === "false";
    if (goesOn && !intent.multicapture) throw invalid("payment_intent_invalid_parameter", { param: "final_capture" });
    intent.amount_received += part;
    if (!goesOn) intent.status = "succeeded";
    happened("charge.captured", { ...chargeOf(intent) });
    return shown(intent);
  }

  function refund(params: URLSearchParams): object {
    const intent = intentOf(params.get("payment_intent") ?? "");
    const made = chargeOf(intent);
    if (!made) throw invalid("charge_not_refundable");
    if (made.disputed) throw invalid("charge_disputed");
    const left = intent.amount_received - made.amount_refunded;
    const amount = Number(params.get("amount") ?? left);
    if (left === 0) throw invalid("charge_already_refunded");
    if (amount > left) throw invalid("amount_too_large", { param: "amount" });
    made.amount_refunded += amount;
    const metadata = { key: params.get("metadata[key]") ?? "" };
    const one: Refund = {
      id: name("re"),
      object: "refund",
      payment_intent: intent.id,
      amount,
      status: "succeeded",
      metadata,
    };
    refunds.unshift(one);
    happened("charge.refunded", { ...made });
    return one;
  }

  function create(params: URLSearchParams): object {
    const intent: Intent = {
      id: name("pi"),
      object: "payment_intent",
      amount: Number(params.get("amount")),
      amount_received: 0,
      currency: params.get("currency") ?? "",
      capture_method: params.get("capture_method") ?? "automatic",
      created: nowSeconds(),
      metadata: { order_id: params.get("metadata[order_id]") ?? "" },
      status: "requires_payment_method",
      cancellation_reason: null,
      last_payment_error: null,
      next_action: null,
      latest_charge: null,
      multicapture:
        params.get("payment_method_options[card][request_multicapture]") === "if_available" && server.multicapture,
    };
    intents.set(intent.id, intent);
    return shown(intent);
  }

  const list = (data: readonly object[]) => ({ object: "list", data, has_more: false, url: "/v1/list" });

  function answerTo(method: string, path: string, params: URLSearchParams): object {
    const [, , resource = "", id = "", action = ""] = path.split("/");
    const of = params.get("payment_intent");
    switch (`${method} ${resource} ${action}`.trim()) {
      case "POST payment_intents":
        return create(params);
      case "GET payment_intents":
        return shown(intentOf(id));
      case "POST payment_intents confirm":
        return confirm(intentOf(id), params);
      case "POST payment_intents cancel":
        return cancel(intentOf(id));
      case "POST payment_intents capture":
        return capture(intentOf(id), params);
      case "POST refunds":
        return refund(params);
      case "GET refunds":
        return list(refunds.filter((one) => one.payment_intent === of));
      case "GET disputes":
        return list(disputes.filter((one) => one.payment_intent === of));
      case "GET events": {
        const [from, to] = [Number(params.get("created[gte]")), Number(params.get("created[lte]"))];
        return list(events.filter(({ created }) => created >= from && created <= to).toReversed());
      }
      default:
        throw new Refused(404, {
          type: "invalid_request_error",
          message: `Unrecognized request URL (${method}: ${path}).`,
        });
    }
  }

  /** Under a key that was used before: what was answered then, refusals too, or an error when other things were asked. */
  function once(key: string | undefined, params: string, act: () => object): Answer {
    const before = key === undefined ? undefined : keys.get(key);
    if (before) {
      if (before.params === params) return before.answer;
      const message =
        "Keys for idempotent requests can only be used with the same parameters they were first used with.";
      return { status: 400, body: { error: { type: "idempotency_error", message } } };
    }
    const answer = attempt(act);
    if (key !== undefined) keys.set(key, { params, answer });
    return answer;
  }
  function attempt(act: () => object): Answer {
    try {
      return { status: 200, body: structuredClone(act()) };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return { status: error.status, body: structuredClone({ error: error.error }) };
    }
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url = "", headers } = request;
    const { pathname: path, searchParams } = new URL(url, "http://stripe");
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    const header = headers["idempotency-key"];
    const key = typeof header === "string" ? header : undefined;
    requests.push({ method, path, key });
    const at = mishaps.findIndex((one) => one.path.test(path));
    const mishap = at >= 0 ? mishaps.splice(at, 1)[0]?.mishap : undefined;
    if (mishap === "reset before") return void request.socket.destroy();
    const answer = answered();
    if (mishap === "reset after") return void request.socket.destroy();
    response.writeHead(answer.status, { "content-type": "application/json", "request-id": name("req") });
    response.end(JSON.stringify(answer.body));

    function answered(): Answer {
      if (headers.authorization !== `Bearer ${apiKey}`)
        return { status: 401, body: { error: { type: "invalid_request_error", message: "Invalid API Key provided" } } };
      if (mishap === "rate limit")
        return {
          status: 429,
          body: { error: { type: "rate_limit_error", code: "rate_limit", message: "Too many requests" } },
        };
      if (mishap === "server error")
        return { status: 500, body: { error: { type: "api_error", message: "An error occurred" } } };
      const params = method === "GET" ? searchParams : new URLSearchParams(body);
      return once(key, `${path} ${body}`, () => answerTo(method, path, params));
    }
  }

  // No connection is closed while a test thinks: the SDK would ask again, and meet the next mishap.
  const http = createServer({ keepAliveTimeout: 600_000 }, (request, response) => void serve(request, response));
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const { port } = http.address() as AddressInfo; // as: it listens on TCP

  const server = {
    url: `http://127.0.0.1:${port}`,
    intents,
    events,
    requests,
    /** Whether cards allow to be captured in parts. */
    multicapture: true,
    next(path: RegExp, ...some: readonly Mishap[]) {
      for (const mishap of some) mishaps.push({ path, mishap });
    },
    /** Forgets idempotency keys, as Stripe does after a day. */
    forgetKeys: () => keys.clear(),
    intentOfOrder(orderId: string): Intent {
      const found = [...intents.values()].find(({ metadata }) => metadata["order_id"] === orderId);
      if (!found) throw new Error(`no payment intent of order ${orderId}`);
      return found;
    },
    /** What is taken and not given back. */
    kept(orderId: string): number {
      const of = [...intents.values()].filter(({ metadata }) => metadata["order_id"] === orderId);
      return of.reduce((sum, intent) => sum + intent.amount_received - (chargeOf(intent)?.amount_refunded ?? 0), 0);
    },
    /** The shopper's answer to the bank. */
    challenge(intent: Intent, isMet: boolean) {
      if (isMet) return succeed(intent);
      Object.assign(intent, { status: "requires_payment_method", next_action: null });
      intent.last_payment_error = { type: "card_error", code: "payment_intent_authentication_failure" };
      happened("payment_intent.payment_failed", { ...intent });
    },
    expire(intent: Intent) {
      intent.cancellation_reason = "automatic";
      cancel(intent);
    },
    dispute(intent: Intent, status: "needs_response" | "won" | "lost" | "warning_needs_response") {
      const made = chargeOf(intent);
      if (!made) throw new Error("nothing to dispute");
      made.disputed = true;
      const open = disputes.find(({ payment_intent }) => payment_intent === intent.id);
      const amount = intent.amount_received - made.amount_refunded;
      const one = open ?? {
        id: name("dp"),
        object: "dispute",
        payment_intent: intent.id,
        amount,
        reason: "fraudulent",
        status,
      };
      one.status = status;
      if (!open) disputes.unshift(one as Dispute); // as: made just above
      happened(status === "won" || status === "lost" ? "charge.dispute.closed" : "charge.dispute.created", { ...one });
    },
    close: () => {
      http.close();
      http.closeAllConnections();
    },
  };
  return server;
}

/** The body of a notification and its header, signed as Stripe does. */
export function signedByStripe(event: object, secret: string, seconds: number) {
  const body = JSON.stringify(event);
  const mac = createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex");
  return { body, headers: { "content-type": "application/json", "stripe-signature": `t=${seconds},v1=${mac}` } };
}
