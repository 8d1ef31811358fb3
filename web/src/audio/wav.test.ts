import { expect, it } from "vitest";
import { wavBlob } from "./wav";

it("is a WAV file with a correct header", async () => {
  const blob = wavBlob([Float32Array.of(0, 0.5), Float32Array.of(-0.5)], 24_000);
  const view = new DataView(await blob.arrayBuffer());
  const text = (at: number) => String.fromCharCode(...new Uint8Array(view.buffer, at, 4));
  expect([text(0), text(8), text(36)]).toEqual(["RIFF", "WAVE", "data"]);
  expect(view.byteLength).toBe(44 + 6);
  expect(view.getUint32(4, true)).toBe(view.byteLength - 8);
  expect(view.getUint32(24, true)).toBe(24_000);
  expect(view.getUint32(40, true)).toBe(6);
  expect([0, 1, 2].map((at) => view.getInt16(44 + at * 2, true))).toEqual([0, 16_384, -16_384]);
});
