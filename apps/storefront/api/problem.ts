/** A refusal by the shop, or no answer at all. `code` is what programs go by; see /docs/errors. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly code: string;
  /** 0 when there was no answer. */
  readonly status: number;
  /** Fields to mend: a JSON pointer and what is wrong. */
  readonly fields: readonly { readonly field: string; readonly message: string }[];
  readonly data: Readonly<Record<string, unknown>>;
  readonly requestId: string | undefined;

  constructor(options: {
    code: string;
    status: number;
    message: string;
    fields?: Problem["fields"];
    data?: Problem["data"];
    requestId?: string;
    cause?: unknown;
  }) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
    this.status = options.status;
    this.fields = options.fields ?? [];
    this.data = options.data ?? {};
    this.requestId = options.requestId;
  }

  /** Nobody knows whether it was done, or nothing was: asking again later may help. */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

export const isProblem = (error: unknown, ...codes: string[]): error is Problem =>
  error instanceof Problem && (codes.length === 0 || codes.includes(error.code));

/** The shop cannot be reached, or cannot answer right now. */
export const noAnswer = (cause: unknown): Problem =>
  new Problem({ code: "no_answer", status: 0, message: "The shop could not be reached.", cause });

/** What a refused request's body says (RFC 9457, with the member `error`). */
export async function problemOf(response: Response): Promise<Problem> {
  const { status } = response;
  try {
    const { error } = (await response.json()) as {
      error: {
        code: string;
        message: string;
        details?: Problem["fields"];
        data?: Problem["data"];
        request_id?: string;
      };
    };
    return new Problem({
      code: error.code,
      status,
      message: error.message,
      ...(error.details && { fields: error.details }),
      ...(error.data && { data: error.data }),
      ...(error.request_id && { requestId: error.request_id }),
    });
  } catch (cause) {
    // Something between us and the shop answered.
    return new Problem({ code: "no_answer", status, message: `The shop answered ${status}.`, cause });
  }
}
