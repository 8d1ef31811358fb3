import { expect, it } from "vitest";
import { clock, wait } from "./time";

it.each([
  [0, false, "0:00"],
  [4.24, true, "0:04.2"],
  [0.1 + 0.2, true, "0:00.3"],
  [59.99, false, "0:59"],
  [62, false, "1:02"],
  [3_727, false, "1:02:07"],
  [3_727.5, true, "1:02:07"],
  [Number.NaN, true, "0:00.0"],
])("%d s, tenths %s, is %s", (seconds, tenths, text) => {
  expect(clock(seconds, tenths)).toBe(text);
});

it.each([
  [84.4, "84 ms"],
  [999.6, "1.0 s"],
  [1_240, "1.2 s"],
])("a wait of %d ms is %s", (ms, text) => {
  expect(wait(ms)).toBe(text);
});
