import { expect, it } from "vitest";
import { SampleRing } from "./ring";

it("gives back what it took, in order, around its end", () => {
  const ring = new SampleRing(7);
  const out = new Float32Array(3);
  let written = 0;
  let read = 0;
  for (let turn = 0; turn < 50; turn += 1) {
    const next = Float32Array.from({ length: (turn % 4) + 1 }, (_, at) => written + at);
    written += ring.write(next);
    const count = ring.read(out);
    for (let at = 0; at < count; at += 1) expect(out[at]).toBe(read + at);
    read += count;
    expect(ring.length).toBe(written - read);
  }
  expect(read).toBeGreaterThan(60);
});

it("takes only what fits", () => {
  const ring = new SampleRing(4);
  expect(ring.write(Float32Array.of(1, 2, 3))).toBe(3);
  expect(ring.write(Float32Array.of(4, 5, 6))).toBe(1);
  expect(ring.free).toBe(0);
});

it("gives only what it has", () => {
  const ring = new SampleRing(4);
  ring.write(Float32Array.of(1, 2));
  const out = new Float32Array(4).fill(9);
  expect(ring.read(out)).toBe(2);
  expect([...out]).toEqual([1, 2, 9, 9]);
  ring.write(Float32Array.of(3));
  ring.clear();
  expect(ring.length).toBe(0);
});
