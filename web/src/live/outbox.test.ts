import { describe, expect, it } from "vitest";
import { KEPT_SECONDS, MESSAGE_SAMPLES, Outbox } from "./outbox";

const MESSAGE_MS = 200;

/** A message full of one number. */
function block(value: number): Float32Array {
  return new Float32Array(MESSAGE_SAMPLES).fill(value);
}

function drain(outbox: Outbox): number[] {
  const sent: number[] = [];
  for (let next = outbox.take(); next; next = outbox.take()) sent.push(next[0] ?? Number.NaN);
  return sent;
}

describe("the sound on its way to the server", () => {
  it("leaves in messages of 200 ms, however it comes", () => {
    const outbox = new Outbox();
    for (let at = 0; at < 10; at += 1) outbox.push(new Float32Array(MESSAGE_SAMPLES / 4));
    expect(drain(outbox)).toHaveLength(2);
    outbox.flush();
    expect(drain(outbox)).toHaveLength(1);
    outbox.flush();
    expect(drain(outbox)).toHaveLength(0);
  });

  it("is sent again from where the server was done", () => {
    const outbox = new Outbox();
    for (let value = 0; value < 5; value += 1) outbox.push(block(value));
    expect(drain(outbox)).toEqual([0, 1, 2, 3, 4]);
    outbox.settled(2.5 * MESSAGE_MS);
    expect(outbox.rewind()).toBe(2 * MESSAGE_MS);
    expect(drain(outbox)).toEqual([2, 3, 4]);
    expect(outbox.missedSeconds()).toBe(0);
  });

  it("never lets go of what was not sent yet", () => {
    const outbox = new Outbox();
    outbox.push(block(0));
    outbox.settled(60_000);
    expect(drain(outbox)).toEqual([0]);
  });

  it("is kept up to the limit, and reports what was missed", () => {
    const outbox = new Outbox();
    const limit = (KEPT_SECONDS * 1_000) / MESSAGE_MS;
    for (let value = 0; value < limit + 10; value += 1) outbox.push(block(value));
    expect(outbox.missedSeconds()).toBeCloseTo((10 * MESSAGE_MS) / 1_000);
    expect(outbox.missedSeconds()).toBe(0);
    expect(outbox.rewind()).toBe(10 * MESSAGE_MS);
    expect(drain(outbox)[0]).toBe(10);
  });

  it("does not call missed what was sent before", () => {
    const outbox = new Outbox();
    const limit = (KEPT_SECONDS * 1_000) / MESSAGE_MS;
    for (let value = 0; value < limit + 10; value += 1) {
      outbox.push(block(value));
      drain(outbox);
    }
    expect(outbox.missedSeconds()).toBe(0);
  });

  it("goes on after the sample that a resumed session has", () => {
    const outbox = new Outbox();
    for (let value = 0; value < 5; value += 1) outbox.push(block(value));
    expect(drain(outbox)).toEqual([0, 1, 2, 3, 4]);
    outbox.resume(2.5 * MESSAGE_SAMPLES);
    expect(outbox.take()).toHaveLength(MESSAGE_SAMPLES / 2);
    expect(drain(outbox)).toEqual([3, 4]);
    expect(outbox.missedSeconds()).toBe(0);
  });

  it("counts samples from where the session began", () => {
    const outbox = new Outbox();
    for (let value = 0; value < 5; value += 1) outbox.push(block(value));
    drain(outbox);
    outbox.settled(2 * MESSAGE_MS);
    outbox.rewind();
    drain(outbox);
    outbox.resume(MESSAGE_SAMPLES);
    expect(drain(outbox)).toEqual([3, 4]);
  });

  it("reports what was missed where a resumed session lacks audio that is not kept", () => {
    const outbox = new Outbox();
    const limit = (KEPT_SECONDS * 1_000) / MESSAGE_MS;
    for (let value = 0; value < limit + 10; value += 1) {
      outbox.push(block(value));
      drain(outbox);
    }
    outbox.resume(4 * MESSAGE_SAMPLES);
    expect(outbox.missedSeconds()).toBeCloseTo((6 * MESSAGE_MS) / 1_000);
    expect(drain(outbox)[0]).toBe(10);
  });

  it("keeps what is not acknowledged, whatever time a sentence ended", () => {
    const outbox = new Outbox();
    outbox.resumable(true);
    for (let value = 0; value < 5; value += 1) outbox.push(block(value));
    drain(outbox);
    // Silence that the server inserted counts in its times.
    outbox.settled(60_000);
    outbox.resume(0);
    expect(drain(outbox)).toEqual([0, 1, 2, 3, 4]);
    outbox.acknowledged(2.5 * MESSAGE_SAMPLES);
    outbox.settled(60_000);
    outbox.resume(2.5 * MESSAGE_SAMPLES);
    expect(outbox.take()).toHaveLength(MESSAGE_SAMPLES / 2);
    expect(drain(outbox)).toEqual([3, 4]);
    expect(outbox.missedSeconds()).toBe(0);
  });

  it("keeps the sound of a sentence that is acknowledged but not done", () => {
    const outbox = new Outbox();
    outbox.resumable(true);
    for (let value = 0; value < 5; value += 1) outbox.push(block(value));
    drain(outbox);
    outbox.acknowledged(5 * MESSAGE_SAMPLES);
    outbox.settled(2 * MESSAGE_MS);
    // The session is gone: a new one gets all that no sentence has.
    expect(outbox.rewind()).toBe(2 * MESSAGE_MS);
    expect(drain(outbox)).toEqual([2, 3, 4]);
  });

  it("lets go of done sentences once the session can't be resumed any more", () => {
    const outbox = new Outbox();
    outbox.resumable(true);
    for (let value = 0; value < 3; value += 1) outbox.push(block(value));
    drain(outbox);
    outbox.resumable(false);
    outbox.settled(2 * MESSAGE_MS);
    expect(outbox.rewind()).toBe(2 * MESSAGE_MS);
  });
});
