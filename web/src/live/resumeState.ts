import type { ServerEvent } from "./events";

/** The code of the error after which a session goes on, but can't be resumed any more. */
export const NOT_RESUMABLE = "session_not_resumable";

/** What resumes a session over another connection. */
export interface ResumeRequest {
  token: string;
  /** The highest sequence number received of each kind of event. */
  lastSeq: number[];
}

/** The state of a session that a later connection needs to resume it. */
export class ResumeState {
  #token: string | undefined;
  readonly #lastSeq = new Map<number, number>();

  /** Notes an event that has arrived. */
  note(event: ServerEvent): void {
    if (event.type === "session.created") {
      this.#token ??= event.session.resume_token ?? undefined;
    } else if (event.type === "error" && event.error.code === NOT_RESUMABLE) {
      this.#token = undefined;
    } else if ("seq" in event && typeof event.seq === "number") {
      const kind = Math.floor(event.seq / 2 ** 16) % 16;
      this.#lastSeq.set(kind, Math.max(event.seq, this.#lastSeq.get(kind) ?? 0));
    }
  }

  /** None where the session can't be resumed. */
  request(): ResumeRequest | undefined {
    if (this.#token === undefined) return undefined;
    return { token: this.#token, lastSeq: [...this.#lastSeq.values()] };
  }
}
