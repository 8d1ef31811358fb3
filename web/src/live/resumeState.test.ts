import { describe, expect, it } from "vitest";
import type { ServerEvent } from "./events";
import { ResumeState } from "./resumeState";

function created(token?: string): ServerEvent {
  return { type: "session.created", session: { resume_token: token } } as unknown as ServerEvent;
}

function delta(seq: number | null): ServerEvent {
  return { type: "session.output_transcript.delta", delta: "", elapsed_ms: 0, seq };
}

/** The number of a segment's translated text. */
function translated(segment: number): number {
  return segment * 2 ** 20 + 2 ** 16;
}

describe("the state that resumes a session", () => {
  it("has the highest number of each kind", () => {
    const state = new ResumeState();
    state.note(created("token"));
    for (const seq of [translated(0), translated(2), translated(1), 2 ** 20]) state.note(delta(seq));
    state.note(delta(null));
    expect(state.request()).toEqual({ token: "token", lastSeq: [translated(2), 2 ** 20] });
  });

  it("keeps the token of the session that is resumed", () => {
    const state = new ResumeState();
    state.note(created("first"));
    state.note(created("second"));
    expect(state.request()?.token).toBe("first");
  });

  it("is none without a token", () => {
    const state = new ResumeState();
    state.note(created());
    expect(state.request()).toBeUndefined();
  });

  it("has no token any more once the server says so", () => {
    const state = new ResumeState();
    state.note(created("token"));
    state.note({ type: "error", error: { code: "session_not_resumable" } } as unknown as ServerEvent);
    expect(state.request()).toBeUndefined();
  });
});
