import { WIRE_RATE } from "../audio/pcm";

/** Seconds of sound that are kept for a connection that is away. */
export const KEPT_SECONDS = 30;
/** Samples in one message: 200 ms. */
export const MESSAGE_SAMPLES = WIRE_RATE / 5;

/**
 * The microphone's sound, from where the server is known to have dealt with it. After a lost
 * connection it is sent again from there.
 */
export class Outbox {
  #blocks: Float32Array[] = [];
  #partial = new Float32Array(MESSAGE_SAMPLES);
  #filled = 0;
  /** The number of the first kept block, and of the next to send. */
  #first = 0;
  #next = 0;
  #missed = 0;
  /** The block in which the server's session begins, and samples of the next block that it has. */
  #sessionFirst = 0;
  #skip = 0;
  readonly #limit = (KEPT_SECONDS * WIRE_RATE) / MESSAGE_SAMPLES;

  push(samples: Float32Array): void {
    let rest = samples;
    while (rest.length > 0) {
      const part = rest.subarray(0, MESSAGE_SAMPLES - this.#filled);
      this.#partial.set(part, this.#filled);
      this.#filled += part.length;
      rest = rest.subarray(part.length);
      if (this.#filled === MESSAGE_SAMPLES) this.flush();
    }
  }

  /** Closes the block that is being filled, however short. */
  flush(): void {
    if (this.#filled === 0) return;
    this.#partial.fill(0, this.#filled);
    this.#blocks.push(this.#partial);
    this.#partial = new Float32Array(MESSAGE_SAMPLES);
    this.#filled = 0;
    while (this.#blocks.length > this.#limit) this.#drop();
  }

  /** The next block to send, if one is whole. */
  take(): Float32Array | undefined {
    const block = this.#blocks[this.#next - this.#first];
    if (!block) return undefined;
    this.#next += 1;
    const rest = block.subarray(this.#skip);
    this.#skip = 0;
    return rest;
  }

  /** The server is done with everything before this time, in ms of the sound of this page. */
  settled(ms: number): void {
    const upTo = Math.floor((ms * WIRE_RATE) / 1_000 / MESSAGE_SAMPLES);
    while (this.#first < Math.min(upTo, this.#next)) this.#drop();
  }

  /** A new connection: everything kept is to be sent again. Says where it begins, in ms. */
  rewind(): number {
    this.#next = this.#first;
    this.#sessionFirst = this.#first;
    this.#skip = 0;
    return (this.#first * MESSAGE_SAMPLES * 1_000) / WIRE_RATE;
  }

  /** The session is resumed: what follows this sample of it is to be sent again. */
  resume(throughSample: number): void {
    const block = this.#sessionFirst + Math.floor(throughSample / MESSAGE_SAMPLES);
    if (block >= this.#first) {
      this.#next = Math.min(block, this.#first + this.#blocks.length);
      this.#skip = throughSample % MESSAGE_SAMPLES;
      return;
    }
    // The audio between is not kept any more: the session goes on with what is.
    this.#missed += this.#first - block;
    this.#sessionFirst += this.#first - block;
    this.#next = this.#first;
    this.#skip = 0;
  }

  /** Seconds that were lost unsent since the last call. */
  missedSeconds(): number {
    const seconds = (this.#missed * MESSAGE_SAMPLES) / WIRE_RATE;
    this.#missed = 0;
    return seconds;
  }

  #drop(): void {
    this.#blocks.shift();
    if (this.#next === this.#first) {
      this.#missed += 1;
      this.#next += 1;
    }
    this.#first += 1;
  }
}
