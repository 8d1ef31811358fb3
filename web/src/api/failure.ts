import type { components } from "./schema.gen";

type ErrorDetail = components["schemas"]["ErrorDetail"];

interface Details {
  message?: string;
  param?: string | undefined;
  requestId?: string | undefined;
  /** Seconds. */
  retryAfter?: number | undefined;
  status?: number;
}

/** A request that failed: the server's code where it answered, else one of ours. */
export class Failure extends Error {
  /** Stable, for programs: a code of the server, or `unreachable`, `interrupted`, `unreadable`. */
  readonly code: string;
  readonly param: string | undefined;
  readonly requestId: string | undefined;
  readonly retryAfter: number | undefined;
  readonly status: number | undefined;

  constructor(code: string, details: Details = {}) {
    super(details.message ?? "");
    this.name = "Failure";
    this.code = code;
    this.param = details.param;
    this.requestId = details.requestId;
    this.retryAfter = details.retryAfter;
    this.status = details.status;
  }

  /** The failure in an answer's body. */
  static fromAnswer(response: Response, body: unknown): Failure {
    const wait = Number(response.headers.get("retry-after") ?? "");
    const details = {
      requestId: response.headers.get("x-request-id") ?? undefined,
      retryAfter: wait > 0 ? wait : undefined,
      status: response.status,
    };
    const error = detail(body);
    if (!error) return new Failure("unreadable", details);
    return new Failure(error.code, {
      ...details,
      message: error.message,
      param: error.param ?? undefined,
    });
  }

  /** What `fetch` or a stream threw. */
  static fromThrown(thrown: unknown): Failure {
    return thrown instanceof Failure ? thrown : new Failure("unreachable");
  }
}

function detail(body: unknown): ErrorDetail | undefined {
  const error = (body as { error?: Partial<ErrorDetail> } | undefined)?.error;
  const whole = typeof error?.code === "string" && typeof error.message === "string";
  return whole ? (error as ErrorDetail) : undefined;
}
