import { expect, it } from "vitest";
import { Failure } from "./failure";

function answer(status: number, headers: Record<string, string> = {}): Response {
  return new Response(null, { status, headers });
}

it("keeps the code, the field, the request and the wait", () => {
  const body = { error: { message: "Full.", type: "rate_limit_error", param: null, code: "overloaded" } };
  const failure = Failure.fromAnswer(answer(429, { "retry-after": "3", "x-request-id": "r1" }), body);
  expect(failure).toMatchObject({
    code: "overloaded",
    message: "Full.",
    param: undefined,
    requestId: "r1",
    retryAfter: 3,
    status: 429,
  });
});

it.each([undefined, null, "<html>", {}, { error: "no" }, { error: { code: 7 } }])(
  "does not trust %j",
  (body) => {
    expect(Failure.fromAnswer(answer(502), body).code).toBe("unreadable");
  },
);

it("distinguishes an unreachable server from one that answered", () => {
  expect(Failure.fromThrown(new TypeError("fetch failed")).code).toBe("unreachable");
  const own = new Failure("interrupted");
  expect(Failure.fromThrown(own)).toBe(own);
});
