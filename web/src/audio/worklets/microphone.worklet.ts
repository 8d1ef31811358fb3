import { WIRE_RATE } from "../pcm";
import { Resampler } from "../resampler";
import type { MicrophoneReport } from "./protocol";

declare const sampleRate: number;

/** Quanta of 128 samples in one report: 16 ms at 48 kHz, so that the meter moves at 60 Hz. */
const REPORT_EVERY = 6;

class Microphone extends AudioWorkletProcessor {
  readonly #resampler = sampleRate === WIRE_RATE ? undefined : new Resampler(sampleRate, WIRE_RATE);
  readonly #block = new Float32Array(128 * REPORT_EVERY);
  #filled = 0;

  override process(inputs: Float32Array[][]): boolean {
    const channel = inputs[0]?.[0];
    if (!channel) return true;
    this.#block.set(channel, this.#filled);
    this.#filled += channel.length;
    if (this.#filled >= this.#block.length) this.#report();
    return true;
  }

  #report(): void {
    let peak = 0;
    for (const sample of this.#block) peak = Math.max(peak, Math.abs(sample));
    const samples = this.#resampler?.push(this.#block) ?? this.#block.slice();
    const report: MicrophoneReport = { samples, peak };
    this.port.postMessage(report, [samples.buffer]);
    this.#filled = 0;
  }
}

registerProcessor("mynah-microphone", Microphone);
