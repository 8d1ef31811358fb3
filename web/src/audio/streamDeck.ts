import type { Deck, DeckEvents } from "./deck";
import { Output } from "./output";
import { WIRE_RATE } from "./pcm";
import type { PlayoutStatus } from "./playout";
import type { Sound } from "./sound";

/** Plays a sound while it arrives. */
export class StreamDeck implements Deck {
  readonly #events: DeckEvents;
  #output: Output | undefined;
  #sound: Sound | undefined;
  #unsubscribe: (() => void) | undefined;
  #base = 0;
  #fed = 0;
  #status: PlayoutStatus | undefined;
  #heardAt = 0;

  constructor(events: DeckEvents) {
    this.#events = events;
  }

  async start(sound: Sound, from: number): Promise<void> {
    this.stop();
    this.#sound = sound;
    this.#base = this.#fed = Math.round(from * WIRE_RATE);
    this.#events.state("buffering");
    this.#output ??= await Output.open((status) => this.#onReport(status));
    if (this.#sound !== sound) return;
    this.#unsubscribe = sound.subscribe(() => this.#feed());
    this.#feed();
  }

  pause(): void {
    this.#output?.pause(true);
  }

  resume(): void {
    this.#output?.pause(false);
  }

  stop(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    this.#sound = undefined;
    this.#status = undefined;
    this.#output?.clear();
    this.#output?.pause(false);
  }

  position(): number {
    const played = this.#status?.played ?? 0;
    const since = this.#status?.state === "playing" ? performance.now() - this.#heardAt : 0;
    const guess = Math.min(since / 1_000, 0.1) + played / WIRE_RATE;
    return Math.min(this.#base / WIRE_RATE + guess, this.#sound?.duration ?? 0);
  }

  #feed(): void {
    const sound = this.#sound;
    if (!sound || !this.#output) return;
    for (const piece of sound.tail(this.#fed)) {
      this.#fed += piece.length;
      this.#output.push(piece);
    }
    if (sound.state !== "arriving") this.#output.end();
  }

  #onReport(status: PlayoutStatus): void {
    const sound = this.#sound;
    if (!sound) return;
    if (status.underruns > (this.#status?.underruns ?? 0)) sound.gap(this.#base + status.played);
    this.#status = status;
    this.#heardAt = performance.now();
    const over = sound.state !== "arriving" && this.#base + status.played >= sound.samples;
    if (status.state === "idle" && over) this.#events.ended();
    else this.#events.state(status.state === "idle" ? "buffering" : status.state);
  }
}
