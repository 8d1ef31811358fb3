/** How loud a microphone is, over time: peaks in dBFS with hold, and two warnings. */

export const FLOOR_DB = -60;
/** Speech that peaks below this is too quiet to be recognized well. */
export const QUIET_DB = -42;
/** How long the input may be so quiet before any speech, and in a pause after speech. */
export const QUIET_AFTER_MS = 3_000;
export const QUIET_PAUSE_MS = 20_000;
export const CLIP_DB = -1;
const HOLD_MS = 1_200;
const FALL_DB_PER_SECOND = 36;
const CLIP_SHOWN_MS = 1_500;

export interface Level {
  /** The level to show, FLOOR_DB…0. */
  db: number;
  /** The highest of the last moment, FLOOR_DB…0. */
  held: number;
  warning: "quiet" | "clipping" | undefined;
}

export function toDb(amplitude: number): number {
  return Math.max(FLOOR_DB, Math.min(0, 20 * Math.log10(Math.max(amplitude, 1e-6))));
}

export class LevelTracker {
  #db = FLOOR_DB;
  #held = FLOOR_DB;
  #heldAt = 0;
  #since: number | undefined;
  #spoke = false;
  #clippedAt = -Infinity;
  #last: number | undefined;

  /** Takes the peak (0…1) of the sound since the last call, at `now` in ms. */
  push(peak: number, now: number): Level {
    const db = toDb(peak);
    const fallen = this.#db - (FALL_DB_PER_SECOND * (now - (this.#last ?? now))) / 1_000;
    this.#db = Math.max(db, fallen, FLOOR_DB);
    this.#last = now;
    if (db >= this.#held || now - this.#heldAt > HOLD_MS) {
      this.#held = db;
      this.#heldAt = now;
    }
    if (this.#since === undefined || db >= QUIET_DB) this.#since = now;
    if (db >= QUIET_DB) this.#spoke = true;
    if (db >= CLIP_DB) this.#clippedAt = now;
    return { db: this.#db, held: this.#held, warning: this.#warning(now) };
  }

  #warning(now: number): Level["warning"] {
    if (now - this.#clippedAt < CLIP_SHOWN_MS) return "clipping";
    const maxQuiet = this.#spoke ? QUIET_PAUSE_MS : QUIET_AFTER_MS;
    return now - (this.#since ?? now) >= maxQuiet ? "quiet" : undefined;
  }
}
