/** The outline of a sound: the lowest and highest sample of each short stretch, as it grows. */
export class Peaks {
  /** Samples in one stretch. */
  readonly step: number;
  #min: number[] = [];
  #max: number[] = [];
  #samples = 0;

  constructor(step = 240) {
    this.step = step;
  }

  get samples(): number {
    return this.#samples;
  }

  push(samples: Float32Array): void {
    for (const sample of samples) {
      const at = Math.floor(this.#samples / this.step);
      if (at === this.#min.length) {
        this.#min.push(sample);
        this.#max.push(sample);
      } else {
        this.#min[at] = Math.min(this.#min[at] ?? sample, sample);
        this.#max[at] = Math.max(this.#max[at] ?? sample, sample);
      }
      this.#samples += 1;
    }
  }

  /**
   * The loudest absolute sample (0…1) in each of `count` bars that share `span` samples evenly.
   * Bars after the end of the sound are left out.
   */
  bars(count: number, span = this.#samples): number[] {
    const bars: number[] = [];
    if (span <= 0) return bars;
    for (let bar = 0; bar < count; bar += 1) {
      const from = Math.floor((bar * span) / count / this.step);
      if (from >= this.#min.length) break;
      const to = Math.max(from + 1, Math.ceil(((bar + 1) * span) / count / this.step));
      let peak = 0;
      for (let i = from; i < Math.min(to, this.#min.length); i += 1) {
        peak = Math.max(peak, -(this.#min[i] ?? 0), this.#max[i] ?? 0);
      }
      bars.push(peak);
    }
    return bars;
  }
}
