import type { Deck, DeckEvents } from "./deck";
import type { Sound } from "./sound";

/** Plays a sound that is all there, at any rate, with its pitch kept. */
export class FileDeck implements Deck {
  readonly #audio = new Audio();
  #playing = false;

  constructor(events: DeckEvents) {
    this.#audio.preservesPitch = true;
    this.#audio.addEventListener("playing", () => events.state("playing"));
    this.#audio.addEventListener("pause", () => {
      // The event comes late: by then another sound may play.
      if (this.#playing && this.#audio.paused && !this.#audio.ended) events.state("paused");
    });
    this.#audio.addEventListener("ended", () => {
      if (this.#playing) events.ended();
    });
  }

  async start(sound: Sound, from: number): Promise<void> {
    this.#playing = true;
    const url = sound.url();
    if (this.#audio.src !== url) this.#audio.src = url;
    const rate = this.#audio.defaultPlaybackRate;
    this.#audio.currentTime = from;
    this.#audio.playbackRate = rate;
    await this.#audio.play();
  }

  pause(): void {
    this.#audio.pause();
  }

  resume(): void {
    void this.#audio.play();
  }

  stop(): void {
    this.#playing = false;
    this.#audio.pause();
  }

  position(): number {
    return this.#audio.currentTime;
  }

  /** 1 is the sound's own speed. */
  setRate(rate: number): void {
    this.#audio.defaultPlaybackRate = rate;
    this.#audio.playbackRate = rate;
  }
}
