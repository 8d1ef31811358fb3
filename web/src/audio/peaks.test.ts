import { describe, expect, it } from "vitest";
import { Peaks } from "./peaks";

describe("the outline of a sound", () => {
  it("holds the loudest sample of each bar, either way up", () => {
    const peaks = new Peaks(2);
    peaks.push(Float32Array.of(0.1, -0.9, 0.2, 0.3, -0.4, 0, 0.5, 0.5));
    const bars = peaks.bars(2);
    expect(bars[0]).toBeCloseTo(0.9);
    expect(bars[1]).toBeCloseTo(0.5);
  });

  it("does not depend on how the sound is cut", () => {
    const samples = Float32Array.from({ length: 1_000 }, (_, at) => Math.sin(at) * Math.sin(at / 90));
    const whole = new Peaks(16);
    whole.push(samples);
    const cut = new Peaks(16);
    for (let at = 0; at < 1_000; at += 13) cut.push(samples.subarray(at, at + 13));
    expect(cut.bars(40)).toEqual(whole.bars(40));
    expect(cut.samples).toBe(1_000);
  });

  it("leaves space for samples still to come", () => {
    const peaks = new Peaks(10);
    peaks.push(new Float32Array(100).fill(0.5));
    expect(peaks.bars(8, 200)).toHaveLength(4);
    expect(peaks.bars(8, 100)).toHaveLength(8);
  });

  it("is empty without sound", () => {
    expect(new Peaks().bars(10)).toEqual([]);
  });

  it("lets no sample slip between two bars", () => {
    const peaks = new Peaks(3);
    const samples = new Float32Array(1_000);
    samples[997] = 1;
    peaks.push(samples);
    expect(Math.max(...peaks.bars(7))).toBe(1);
  });
});
