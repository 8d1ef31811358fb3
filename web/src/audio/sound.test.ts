import { expect, it } from "vitest";
import { Sound } from "./sound";

it("grows, notifies, and gives what follows a sample", () => {
  const sound = new Sound();
  let notified = 0;
  const leave = sound.subscribe(() => {
    notified += 1;
  });
  sound.push(Float32Array.of(1, 2, 3));
  sound.push(new Float32Array(0));
  sound.push(Float32Array.of(4, 5));
  expect(notified).toBe(2);
  expect(sound.samples).toBe(5);
  expect(sound.tail(2)).toEqual([Float32Array.of(3), Float32Array.of(4, 5)]);
  expect(sound.tail(4)).toEqual([Float32Array.of(5)]);
  expect(sound.tail(5)).toEqual([]);
  leave();
  sound.finish("complete");
  expect(notified).toBe(2);
  expect(sound.state).toBe("complete");
});
