import type { Sound } from "./sound";

export type DeckState = "idle" | "buffering" | "playing" | "paused";

/** Something that plays one sound at a time. */
export interface Deck {
  /** Starts at a position in seconds. Rejects where the browser cannot play it. */
  start(sound: Sound, from: number): Promise<void>;
  pause(): void;
  resume(): void;
  /** Silence; the deck discards its sound. */
  stop(): void;
  /** The playhead, in seconds. */
  position(): number;
}

/** How a deck reports changes; `ended` only when a sound was played to its end. */
export interface DeckEvents {
  state(state: DeckState): void;
  ended(): void;
}
