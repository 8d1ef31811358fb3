import type { Deck, DeckState } from "./deck";
import { FileDeck } from "./fileDeck";
import type { Sound } from "./sound";
import { StreamDeck } from "./streamDeck";

export interface PlayerState {
  sound: Sound | undefined;
  state: DeckState;
  rate: number;
  loop: boolean;
  /** The browser refused to play the sound. */
  failed: boolean;
}

/** Seconds before the end from where a new press starts from the front. */
const NEAR_END = 0.05;

/** The one player: starting a sound stops the other. */
class Player {
  #state: PlayerState = { sound: undefined, state: "idle", rate: 1, loop: false, failed: false };
  #deck: Deck | undefined;
  readonly #listeners = new Set<() => void>();
  readonly #events = {
    state: (state: DeckState) => this.#set({ state }),
    ended: () => this.#ended(),
  };
  readonly #stream = new StreamDeck(this.#events);
  #file: FileDeck | undefined;

  readonly snapshot = (): PlayerState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** The playhead of a sound, in seconds, whether it plays or rests. */
  position(sound: Sound): number {
    const plays = this.#state.sound === sound && this.#state.state !== "idle";
    return plays && this.#deck ? this.#deck.position() : sound.at;
  }

  play(sound: Sound, from?: number): void {
    this.stop();
    const rest = from ?? sound.at;
    const over = sound.state !== "arriving" && rest >= sound.duration - NEAR_END;
    sound.at = over ? 0 : rest;
    this.#set({ sound, state: "buffering", failed: false });
    const deck = this.#deckFor(sound);
    this.#deck = deck;
    deck.start(sound, sound.at).catch(() => this.#refused(sound, deck));
  }

  toggle(sound: Sound): void {
    const { sound: current, state } = this.#state;
    if (current !== sound || state === "idle") this.play(sound);
    else if (state === "paused") this.#deck?.resume();
    else if (state === "playing") this.#deck?.pause();
    else this.stop();
  }

  /** Moves the playhead, and keeps playing if it was. */
  seek(sound: Sound, to: number): void {
    const at = Math.max(0, Math.min(to, sound.duration));
    const { sound: current, state } = this.#state;
    const moving = current === sound && (state === "playing" || state === "buffering");
    if (moving) this.play(sound, at);
    else {
      if (current === sound) this.stop();
      sound.at = at;
      this.#set({});
    }
  }

  stop(): void {
    const { sound } = this.#state;
    if (sound) sound.at = this.position(sound);
    this.#deck?.stop();
    this.#deck = undefined;
    this.#set({ state: "idle" });
  }

  setRate(rate: number): void {
    this.#set({ rate });
    this.#file?.setRate(rate);
    const { sound, state } = this.#state;
    if (sound && sound.state !== "arriving" && state === "playing" && this.#deck === this.#stream) {
      this.play(sound, this.position(sound));
    }
  }

  setLoop(loop: boolean): void {
    this.#set({ loop });
  }

  #deckFor(sound: Sound): Deck {
    if (sound.state === "arriving") return this.#stream;
    this.#file ??= new FileDeck(this.#events);
    this.#file.setRate(this.#state.rate);
    return this.#file;
  }

  #ended(): void {
    const { sound, loop } = this.#state;
    this.stop();
    if (!sound) return;
    sound.at = loop ? 0 : sound.duration;
    if (loop) this.play(sound, 0);
    else this.#set({});
  }

  /** No stream in this browser: the sound is played when it is all there. */
  #refused(sound: Sound, deck: Deck): void {
    if (this.#deck !== deck) return;
    if (deck === this.#file) {
      this.stop();
      this.#set({ failed: true });
      return;
    }
    const whole = () => {
      if (sound.state === "arriving") return;
      unsubscribe();
      if (this.#deck === deck) this.play(sound, 0);
    };
    const unsubscribe = sound.subscribe(whole);
    whole();
  }

  #set(change: Partial<PlayerState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}

export const player = new Player();
