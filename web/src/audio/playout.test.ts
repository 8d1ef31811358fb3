import { describe, expect, it } from "vitest";
import { Playout, START_SECONDS } from "./playout";

const RATE = 1_000;
const START = RATE * START_SECONDS;

function ones(count: number): Float32Array {
  return new Float32Array(count).fill(1);
}

/** How many samples of sound the next quantum has. */
function pulled(playout: Playout, size = 50): number {
  const out = new Float32Array(size);
  playout.pull(out);
  return out.filter((sample) => sample === 1).length;
}

describe("playing while sound arrives", () => {
  it("waits for 200 ms, then plays", () => {
    const playout = new Playout(RATE);
    playout.push(ones(START - 1));
    expect(pulled(playout)).toBe(0);
    expect(playout.state).toBe("buffering");
    playout.push(ones(1));
    expect(pulled(playout)).toBe(50);
    expect(playout.state).toBe("playing");
  });

  it("plays at once what is shorter, when nothing follows", () => {
    const playout = new Playout(RATE);
    playout.push(ones(30));
    playout.end();
    expect(pulled(playout)).toBe(30);
    expect(playout.status()).toEqual({ state: "idle", played: 30, buffered: 0, underruns: 0 });
  });

  it("counts running dry once, and waits again", () => {
    const playout = new Playout(RATE);
    playout.push(ones(START));
    for (let turn = 0; turn < 6; turn += 1) pulled(playout);
    expect(playout.status()).toMatchObject({ state: "buffering", played: START, underruns: 1 });
    playout.push(ones(START - 1));
    expect(pulled(playout)).toBe(0);
    playout.push(ones(1));
    expect(pulled(playout)).toBe(50);
  });

  it("does not count the silence after the end", () => {
    const playout = new Playout(RATE);
    playout.push(ones(START));
    playout.end();
    for (let turn = 0; turn < 9; turn += 1) pulled(playout);
    expect(playout.status()).toMatchObject({ state: "idle", underruns: 0 });
  });

  it("holds its place while paused", () => {
    const playout = new Playout(RATE);
    playout.push(ones(START));
    pulled(playout);
    playout.pause(true);
    expect(pulled(playout)).toBe(0);
    expect(playout.status()).toMatchObject({ state: "paused", played: 50, buffered: START - 50 });
    playout.pause(false);
    expect(pulled(playout)).toBe(50);
  });

  it("discards everything when cleared", () => {
    const playout = new Playout(RATE);
    playout.push(ones(START));
    pulled(playout);
    playout.clear();
    expect(pulled(playout)).toBe(0);
    expect(playout.status()).toEqual({ state: "idle", played: 0, buffered: 0, underruns: 0 });
  });
});
