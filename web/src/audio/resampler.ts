/**
 * A streaming resampler: a Kaiser-windowed sinc, tabulated and interpolated. Good for speech from a
 * microphone (stop band below −80 dB); masters are resampled on the server.
 */

/** Zero crossings of the sinc on each side. */
const CROSSINGS = 24;
/** Table entries between two crossings. */
const STEPS = 256;
const KAISER_BETA = 9;
/** The part of the band that is kept; the rest is the filter's slope. */
const ROLL_OFF = 0.92;

function bessel(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; k < 40; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function kernel(): Float32Array {
  const table = new Float32Array(CROSSINGS * STEPS + 2);
  for (let i = 0; i < CROSSINGS * STEPS; i += 1) {
    const t = i / STEPS;
    const sinc = i === 0 ? 1 : Math.sin(Math.PI * t) / (Math.PI * t);
    const edge = t / CROSSINGS;
    table[i] = (sinc * bessel(KAISER_BETA * Math.sqrt(1 - edge * edge))) / bessel(KAISER_BETA);
  }
  return table;
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}

export class Resampler {
  /** Input samples for each output sample: a fraction, so that no rounding adds up over hours. */
  readonly #step: number;
  readonly #unit: number;
  readonly #cutoff: number;
  readonly #half: number;
  readonly #table = kernel();
  #held: Float32Array;
  /** The position of the next output: a whole number of `1 / #unit` input samples from the front of `#held`. */
  #at: number;

  /** Both rates in whole Hz. */
  constructor(from: number, to: number) {
    const common = divisor(from, to);
    this.#step = from / common;
    this.#unit = to / common;
    this.#cutoff = Math.min(1, to / from) * ROLL_OFF;
    this.#half = Math.ceil(CROSSINGS / this.#cutoff);
    this.#held = new Float32Array(this.#half);
    this.#at = this.#half * this.#unit;
  }

  /** The output that this input completes. */
  push(input: Float32Array): Float32Array {
    const all = new Float32Array(this.#held.length + input.length);
    all.set(this.#held);
    all.set(input, this.#held.length);

    const last = (all.length - this.#half) * this.#unit - 1;
    const count = Math.max(0, Math.floor((last - this.#at) / this.#step) + 1);
    const out = new Float32Array(count);
    for (let i = 0; i < count; i += 1) {
      out[i] = this.#value(all, (this.#at + i * this.#step) / this.#unit);
    }

    this.#at += count * this.#step;
    const drop = Math.max(0, Math.floor(this.#at / this.#unit) - this.#half);
    this.#at -= drop * this.#unit;
    this.#held = all.slice(drop);
    return out;
  }

  /** The rest, as if silence followed. */
  finish(): Float32Array {
    return this.push(new Float32Array(this.#half));
  }

  #value(all: Float32Array, centre: number): number {
    const from = Math.max(0, Math.ceil(centre - this.#half));
    const to = Math.min(all.length - 1, Math.floor(centre + this.#half));
    let sum = 0;
    for (let i = from; i <= to; i += 1) {
      const x = Math.abs(i - centre) * this.#cutoff * STEPS;
      const step = Math.floor(x);
      if (step >= CROSSINGS * STEPS) continue;
      const a = this.#table[step] ?? 0;
      const b = this.#table[step + 1] ?? 0;
      sum += (all[i] ?? 0) * (a + (b - a) * (x - step));
    }
    return sum * this.#cutoff;
  }
}
