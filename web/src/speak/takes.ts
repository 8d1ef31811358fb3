import type { SpeechBody } from "../api/client";
import { Failure } from "../api/failure";
import type { RealizedStyle } from "../api/realizedStyle";
import { speak, type SpeechAnswer } from "../api/speech";
import { player } from "../audio/player";
import { Sound } from "../audio/sound";
import { expectedSeconds } from "./choices";

export type TakeState = "waiting" | "arriving" | "complete" | "cut" | "stopped";

/** A text that was spoken once. */
export interface Take {
  readonly sound: Sound;
  readonly body: SpeechBody;
  readonly state: TakeState;
  /** From the press to the first sound, in ms. */
  readonly firstAudioMs?: number;
  readonly engine?: string | undefined;
  readonly voice?: string | undefined;
  readonly style?: RealizedStyle | undefined;
  readonly ignored: readonly string[];
  /** Why it was cut. */
  readonly failure?: Failure;
}

export interface TakesState {
  /** Newest first. */
  takes: readonly Take[];
  /** Why the last request brought no sound at all. */
  failure: Failure | undefined;
}

/** How many takes are kept. */
export const KEPT = 10;

/** All that was spoken on this page. One request at a time; a new one stops the last. */
class Takes {
  #state: TakesState = { takes: [], failure: undefined };
  #abort: AbortController | undefined;
  readonly #listeners = new Set<() => void>();

  readonly snapshot = (): TakesState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Synthesizes and plays at once. Call it from a press or a key. */
  async speak(body: SpeechBody): Promise<void> {
    this.stop();
    const abort = new AbortController();
    this.#abort = abort;
    const sound = new Sound(expectedSeconds(body.input, body.speed ?? 1));
    this.#add({ sound, body, state: "waiting", ignored: [] });
    player.play(sound, 0);
    const pressed = performance.now();
    try {
      const answer = await speak(body, abort.signal);
      await this.#receive(sound, answer, pressed);
      sound.finish("complete");
      this.#change(sound, { state: "complete" });
    } catch (thrown) {
      this.#broke(sound, thrown);
    } finally {
      if (this.#abort === abort) this.#abort = undefined;
    }
  }

  /** Leaves the running request: the engine stops; what arrived is kept. */
  stop(): void {
    this.#abort?.abort();
    this.#abort = undefined;
  }

  dismiss(): void {
    this.#set({ failure: undefined });
  }

  async #receive(sound: Sound, answer: SpeechAnswer, pressed: number): Promise<void> {
    const { engine, voice, style, ignored } = answer;
    this.#change(sound, { engine, voice, style, ignored });
    for await (const samples of answer.sound) {
      if (sound.samples === 0 && samples.length > 0) {
        this.#change(sound, { state: "arriving", firstAudioMs: performance.now() - pressed });
      }
      sound.push(samples);
    }
  }

  #broke(sound: Sound, thrown: unknown): void {
    const left = thrown instanceof DOMException && thrown.name === "AbortError";
    sound.finish("cut");
    if (sound.samples > 0) {
      const change = left ? {} : { failure: Failure.fromThrown(thrown) };
      this.#change(sound, { state: left ? "stopped" : "cut", ...change });
      return;
    }
    if (player.snapshot().sound === sound) player.stop();
    const takes = this.#state.takes.filter((take) => take.sound !== sound);
    this.#set({ takes, ...(left ? {} : { failure: Failure.fromThrown(thrown) }) });
  }

  #add(take: Take): void {
    const all = [take, ...this.#state.takes];
    for (const old of all.slice(KEPT)) {
      if (player.snapshot().sound === old.sound) player.stop();
      old.sound.release();
    }
    this.#set({ takes: all.slice(0, KEPT), failure: undefined });
  }

  #change(sound: Sound, change: Partial<Take>): void {
    const takes = this.#state.takes.map((take) =>
      take.sound === sound ? { ...take, ...change } : take,
    );
    this.#set({ takes });
  }

  #set(change: Partial<TakesState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}

export const takes = new Takes();
