import { describe, expect, it } from "vitest";
import { Resampler } from "./resampler";

function tone(hertz: number, rate: number, seconds: number): Float32Array {
  return Float32Array.from({ length: rate * seconds }, (_, at) =>
    Math.sin((2 * Math.PI * hertz * at) / rate),
  );
}

/** Resampled in blocks of this size, as a stream is. */
function stream(input: Float32Array, from: number, to: number, block: number): Float32Array {
  const resampler = new Resampler(from, to);
  const out: number[] = [];
  for (let at = 0; at < input.length; at += block) {
    out.push(...resampler.push(input.subarray(at, at + block)));
  }
  out.push(...resampler.finish());
  return Float32Array.from(out);
}

/** In dB, without the first and last 20 ms. */
function level(samples: Float32Array, rate: number): number {
  const inner = samples.subarray(rate / 50, samples.length - rate / 50);
  const power = inner.reduce((sum, sample) => sum + sample * sample, 0) / inner.length;
  return 10 * Math.log10(power + 1e-12);
}

describe.each([
  [48_000, 24_000],
  [44_100, 24_000],
  [16_000, 24_000],
  [96_000, 24_000],
])("from %i to %i Hz", (from, to) => {
  it("keeps a tone: its length, its pitch, its phase", () => {
    const out = stream(tone(1_000, from, 0.5), from, to, 128);
    const wanted = tone(1_000, to, 0.5);
    expect(out.length).toBe(wanted.length);
    const error = out.map((sample, at) => sample - (wanted[at] ?? 0));
    expect(level(error, to)).toBeLessThan(-60);
  });

  it("does not depend on how the input is cut", () => {
    const input = tone(440, from, 0.1);
    const whole = stream(input, from, to, input.length);
    const cut = stream(input, from, to, 37);
    expect(cut.length).toBe(whole.length);
    const apart = cut.map((sample, at) => Math.abs(sample - (whole[at] ?? 0)));
    expect(Math.max(...apart)).toBeLessThan(1e-6);
  });
});

it("removes what the lower rate can't hold", () => {
  const out = stream(tone(15_000, 48_000, 0.5), 48_000, 24_000, 768);
  expect(level(out, 24_000)).toBeLessThan(-70);
});
