/** A ring of samples with a fixed size: nothing is allocated after it is made. */
export class SampleRing {
  readonly #samples: Float32Array;
  #start = 0;
  #length = 0;

  constructor(capacity: number) {
    this.#samples = new Float32Array(capacity);
  }

  get capacity(): number {
    return this.#samples.length;
  }

  /** Samples waiting to be read. */
  get length(): number {
    return this.#length;
  }

  get free(): number {
    return this.capacity - this.#length;
  }

  /** Takes as many samples as fit, and returns how many. */
  write(samples: Float32Array): number {
    const count = Math.min(samples.length, this.free);
    const at = (this.#start + this.#length) % this.capacity;
    const first = Math.min(count, this.capacity - at);
    this.#samples.set(samples.subarray(0, first), at);
    this.#samples.set(samples.subarray(first, count), 0);
    this.#length += count;
    return count;
  }

  /** Fills the front of `out` with the oldest samples, and returns how many. */
  read(out: Float32Array): number {
    const count = Math.min(out.length, this.#length);
    const first = Math.min(count, this.capacity - this.#start);
    out.set(this.#samples.subarray(this.#start, this.#start + first), 0);
    out.set(this.#samples.subarray(0, count - first), first);
    this.#start = (this.#start + count) % this.capacity;
    this.#length -= count;
    return count;
  }

  clear(): void {
    this.#start = 0;
    this.#length = 0;
  }
}
