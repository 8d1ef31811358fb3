import { expect, it } from "vitest";
import { seekAct } from "./seekKeys";

const CONTEXT = { at: 6, duration: 12, rate: 1 };

it.each([
  [" ", false, { kind: "toggle" }],
  ["ArrowRight", false, { kind: "seek", to: 7 }],
  ["ArrowLeft", true, { kind: "seek", to: 1 }],
  ["ArrowRight", true, { kind: "seek", to: 11 }],
  ["Home", false, { kind: "seek", to: 0 }],
  ["End", false, { kind: "seek", to: 12 }],
  [".", false, { kind: "rate", rate: 1.25 }],
  [",", false, { kind: "rate", rate: 0.75 }],
  ["l", false, { kind: "loop" }],
  ["x", false, undefined],
])("%j with shift %s", (key, shift, act) => {
  expect(seekAct(key, shift, CONTEXT)).toEqual(act);
});

it("stays inside the sound and the rates", () => {
  expect(seekAct("ArrowLeft", true, { ...CONTEXT, at: 2 })).toEqual({ kind: "seek", to: 0 });
  expect(seekAct("ArrowRight", false, { ...CONTEXT, at: 11.5 })).toEqual({ kind: "seek", to: 12 });
  expect(seekAct(".", false, { ...CONTEXT, rate: 2 })).toEqual({ kind: "rate", rate: 2 });
  expect(seekAct(",", false, { ...CONTEXT, rate: 0.75 })).toEqual({ kind: "rate", rate: 0.75 });
});
