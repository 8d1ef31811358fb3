import { WIRE_RATE } from "../audio/pcm";

/** Seconds of sound that are kept for a connection that is away. */
export const KEPT_SECONDS = 30;
/** Samples in one message: 200 ms. */
export const MESSAGE_SAMPLES = WIRE_RATE / 5;

/**
 * The microphone's sound that the server may still need. After a lost connection it is sent again:
 * to a resumed session from the sample that the server asks for, to a new one all of it.
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
  /** The block up to which the server keeps the sound; none where the session can't be resumed. */
  #kept: number | undefined;
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

  /** Whether the session can be resumed: then sound goes only once it is acknowledged. */
  resumable(can: boolean): void {
    this.#kept = can ? (this.#kept ?? this.#sessionFirst) : undefined;
  }

  /** The server keeps everything before this sample of the session, also without a connection. */
  acknowledged(throughSample: number): void {
    this.#kept = this.#sessionFirst + Math.floor(throughSample / MESSAGE_SAMPLES);
  }

  /**
   * A sentence that ended at this time is done, in ms of the sound of this page. The time counts
   * silence that the server inserted, which this page never sent: it may lie after sound that the
   * server does not have yet. Where the session can be resumed, acknowledgements bound it.
   */
  settled(ms: number): void {
    const upTo = Math.floor((ms * WIRE_RATE) / 1_000 / MESSAGE_SAMPLES);
    while (this.#first < Math.min(upTo, this.#next, this.#kept ?? upTo)) this.#drop();
  }

  /** A new connection: everything kept is to be sent again. Returns where it begins, in ms. */
  rewind(): number {
    this.#next = this.#first;
    this.#sessionFirst = this.#first;
    this.#kept = undefined;
    this.#skip = 0;
    return (this.#first * MESSAGE_SAMPLES * 1_000) / WIRE_RATE;
  }

  /** The session is resumed: what follows this sample of it is to be sent again. */
  resume(throughSample: number): void {
    const block = this.#sessionFirst + Math.floor(throughSample / MESSAGE_SAMPLES);
    if (block >= this.#first) {
      this.#next = Math.min(block, this.#first + this.#blocks.length);
      this.#skip = throughSample % MESSAGE_SAMPLES;
      this.acknowledged(throughSample);
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
