import { describe, expect, it } from "vitest";
import { FLOOR_DB, LevelTracker, QUIET_AFTER_MS, QUIET_PAUSE_MS, toDb } from "./level";

describe("the level of a microphone", () => {
  it("is in dB below full scale, with a floor", () => {
    expect(toDb(1)).toBe(0);
    expect(toDb(0.5)).toBeCloseTo(-6.02, 2);
    expect(toDb(0)).toBe(FLOOR_DB);
  });

  it("rises at once, falls slowly, and holds its peak", () => {
    const tracker = new LevelTracker();
    tracker.push(0.5, 0);
    const later = tracker.push(0, 100);
    expect(later.db).toBeCloseTo(-6.02 - 3.6, 1);
    expect(later.held).toBeCloseTo(-6.02, 2);
    expect(tracker.push(0.001, 2_000).held).toBeCloseTo(-60, 1);
  });

  it("reports quiet after three seconds, until a word", () => {
    const tracker = new LevelTracker();
    expect(tracker.push(0.001, 0).warning).toBeUndefined();
    expect(tracker.push(0.001, QUIET_AFTER_MS - 1).warning).toBeUndefined();
    expect(tracker.push(0.001, QUIET_AFTER_MS).warning).toBe("quiet");
    expect(tracker.push(0.2, QUIET_AFTER_MS + 20).warning).toBeUndefined();
  });

  it("allows a longer pause after speech", () => {
    const tracker = new LevelTracker();
    tracker.push(0.2, 0);
    expect(tracker.push(0.001, QUIET_PAUSE_MS - 1).warning).toBeUndefined();
    expect(tracker.push(0.001, QUIET_PAUSE_MS).warning).toBe("quiet");
  });

  it("reports clipping, for a moment", () => {
    const tracker = new LevelTracker();
    expect(tracker.push(0.95, 0).warning).toBe("clipping");
    expect(tracker.push(0.1, 1_000).warning).toBe("clipping");
    expect(tracker.push(0.1, 1_600).warning).toBeUndefined();
  });
});
