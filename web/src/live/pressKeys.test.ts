import { expect, it } from "vitest";
import { HOLD_MS, SpacePress } from "./pressKeys";

it("a tap starts, and a second tap stops", () => {
  const press = new SpacePress();
  expect(press.down(0, true)).toBe("start");
  expect(press.up(100)).toBeUndefined();
  expect(press.down(5_000, false)).toBe("stop");
  expect(press.up(5_100)).toBeUndefined();
});

it("a hold listens as long as it is held", () => {
  const press = new SpacePress();
  expect(press.down(0, true)).toBe("start");
  expect(press.down(30, false)).toBeUndefined();
  expect(press.up(HOLD_MS)).toBe("stop");
});

it("a long press that stops does not stop twice", () => {
  const press = new SpacePress();
  expect(press.down(0, false)).toBe("stop");
  expect(press.up(HOLD_MS * 2)).toBeUndefined();
});
