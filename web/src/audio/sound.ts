import { Peaks } from "./peaks";
import { WIRE_RATE } from "./pcm";
import { wavBlob } from "./wav";

/** `arriving`, all there, or cut off before its end. */
export type SoundState = "arriving" | "complete" | "cut";

let made = 0;

/** A sound in memory that may still be growing. */
export class Sound {
  readonly id = `sound-${(made += 1)}`;
  readonly peaks = new Peaks();
  /** Where playing ran dry while it arrived, in samples. */
  readonly gaps: number[] = [];
  /** About how long it will be, in seconds, where that can be guessed. */
  readonly expected: number;
  /** Where its playhead rests while something else plays, in seconds. */
  at = 0;

  #pieces: Float32Array[] = [];
  #samples = 0;
  #state: SoundState = "arriving";
  #url: string | undefined;
  #version = 0;
  readonly #listeners = new Set<() => void>();

  constructor(expected = 0) {
    this.expected = expected;
  }

  get state(): SoundState {
    return this.#state;
  }

  get pieces(): readonly Float32Array[] {
    return this.#pieces;
  }

  get samples(): number {
    return this.#samples;
  }

  /** Seconds there are so far. */
  get duration(): number {
    return this.#samples / WIRE_RATE;
  }

  /** Changes with every change of the sound. */
  readonly version = (): number => this.#version;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  push(samples: Float32Array): void {
    if (samples.length === 0) return;
    this.#pieces.push(samples);
    this.#samples += samples.length;
    this.peaks.push(samples);
    this.#changed();
  }

  finish(state: Exclude<SoundState, "arriving">): void {
    this.#state = state;
    this.#changed();
  }

  /** A gap was played at this position, in samples. */
  gap(at: number): void {
    this.gaps.push(at);
    this.#changed();
  }

  /** What follows the sample at `from`. */
  tail(from: number): Float32Array[] {
    let start = 0;
    const rest: Float32Array[] = [];
    for (const piece of this.#pieces) {
      const skip = Math.max(0, from - start);
      if (skip < piece.length) rest.push(piece.subarray(skip));
      start += piece.length;
    }
    return rest;
  }

  /** An address for an audio element, valid until `release`. Only for a sound that grows no more. */
  url(): string {
    this.#url ??= URL.createObjectURL(wavBlob(this.#pieces, WIRE_RATE));
    return this.#url;
  }

  /** Gives its memory back. */
  release(): void {
    if (this.#url !== undefined) URL.revokeObjectURL(this.#url);
    this.#url = undefined;
    this.#pieces = [];
  }

  #changed(): void {
    this.#version += 1;
    for (const listener of this.#listeners) listener();
  }
}
