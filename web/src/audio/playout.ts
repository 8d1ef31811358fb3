import { SampleRing } from "./ring";

/**
 * `idle`: nothing to play. `buffering`: sound comes, but too little to start.
 * `playing`. `paused`: held by the listener.
 */
export type PlayoutState = "idle" | "buffering" | "playing" | "paused";

export interface PlayoutStatus {
  state: PlayoutState;
  /** Samples that left for the loudspeaker since the last clear. */
  played: number;
  /** Samples that wait. */
  buffered: number;
  /** How often sound was due and not there, since the last clear. */
  underruns: number;
}

/** Seconds of sound that must wait before playing starts. */
export const START_SECONDS = 0.2;
/** Seconds of sound that fit. */
export const CAPACITY_SECONDS = 12;

/** Decides what the loudspeaker gets. Runs in the audio thread, so it allocates nothing. */
export class Playout {
  readonly #ring: SampleRing;
  readonly #start: number;
  #flowing = false;
  #ended = true;
  #paused = false;
  #played = 0;
  #underruns = 0;

  constructor(rate: number) {
    this.#ring = new SampleRing(Math.ceil(rate * CAPACITY_SECONDS));
    this.#start = Math.ceil(rate * START_SECONDS);
  }

  /** Takes sound; returns how many samples fitted. */
  push(samples: Float32Array): number {
    this.#ended = false;
    return this.#ring.write(samples);
  }

  /** Nothing follows for now: what waits is played out, and running dry is no fault. */
  end(): void {
    this.#ended = true;
  }

  pause(paused: boolean): void {
    this.#paused = paused;
  }

  /** Discards all sound and counts. */
  clear(): void {
    this.#ring.clear();
    this.#flowing = false;
    this.#ended = true;
    this.#played = 0;
    this.#underruns = 0;
  }

  /** Fills `out`, with silence where there is no sound. */
  pull(out: Float32Array): void {
    const enough = this.#ring.length >= this.#start || (this.#ended && this.#ring.length > 0);
    if (enough) this.#flowing = true;
    const count = this.#flowing && !this.#paused ? this.#ring.read(out) : 0;
    out.fill(0, count);
    this.#played += count;
    if (this.#flowing && !this.#paused && count < out.length) {
      this.#flowing = false;
      if (!this.#ended) this.#underruns += 1;
    }
  }

  get state(): PlayoutState {
    if (this.#ring.length === 0 && this.#ended) return "idle";
    if (this.#paused) return "paused";
    return this.#flowing ? "playing" : "buffering";
  }

  status(): PlayoutStatus {
    return {
      state: this.state,
      played: this.#played,
      buffered: this.#ring.length,
      underruns: this.#underruns,
    };
  }
}
