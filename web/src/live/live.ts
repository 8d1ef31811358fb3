import { Failure } from "../api/failure";
import { LevelTracker, type Level } from "../audio/level";
import { WIRE_RATE } from "../audio/pcm";
import { player } from "../audio/player";
import type { MicrophoneReport } from "../audio/worklets/protocol";
import { begin, NO_CAPTIONS, reduce, settle, speaking, type Captions } from "./captions";
import type { ServerEvent } from "./events";
import { Link, refusal, type Languages } from "./link";
import { MicrophoneError, openMicrophone, type Microphone, type MicrophoneProblem } from "./microphone";
import { Outbox } from "./outbox";
import { NOT_RESUMABLE, ResumeState } from "./resumeState";
import { VoiceOver } from "./voiceOver";

export type Phase = "idle" | "asking" | "connecting" | "listening" | "working";
/** The state of the connection, where it is to be shown. */
export type LinkNews = { kind: "lost" } | { kind: "back"; missedSeconds: number };

export interface LiveState {
  phase: Phase;
  captions: Captions;
  link: LinkNews | undefined;
  microphone: MicrophoneProblem | undefined;
  failure: Failure | undefined;
}

const TRIES = 8;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8_000;

/** A live session: microphone → server → captions and loudspeaker. */
class Live {
  readonly voice = new VoiceOver();
  #state: LiveState = {
    phase: "idle",
    captions: NO_CAPTIONS,
    link: undefined,
    microphone: undefined,
    failure: undefined,
  };
  readonly #listeners = new Set<() => void>();
  readonly #levels = new Set<(level: Level) => void>();
  #languages: Languages = { from: "en", to: "es" };
  #microphone: Microphone | undefined;
  #tracker = new LevelTracker();
  #outbox = new Outbox();
  #link: Link | undefined;
  #linked = false;
  #resume = new ResumeState();
  /** The first event of the current connection. */
  #created: ServerEvent | undefined;
  #tries = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** How much sound came since the page opened, and how much before this press; in ms. */
  #heardMs = 0;
  #pastMs = 0;

  readonly snapshot = (): LiveState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Levels come 60 times a second, past the state. */
  onLevel(listener: (level: Level) => void): () => void {
    this.#levels.add(listener);
    return () => this.#levels.delete(listener);
  }

  /** Opens the microphone, connects, records. Call it from a press. */
  async start(languages: Languages, deviceId: string): Promise<void> {
    if (this.#state.phase !== "idle") return;
    player.stop();
    this.#languages = languages;
    this.#outbox = new Outbox();
    this.#resume = new ResumeState();
    this.#tracker = new LevelTracker();
    this.#tries = 0;
    this.#pastMs = this.#heardMs;
    this.#set({ phase: "asking", microphone: undefined, failure: undefined, link: undefined });
    try {
      this.#microphone = await openMicrophone(deviceId, this.#report, () => this.stop());
      await this.voice.open();
    } catch (thrown) {
      this.#end({ microphone: thrown instanceof MicrophoneError ? thrown.problem : "insecure" });
      return;
    }
    this.#set({ phase: "connecting" });
    this.#connect();
  }

  /** Stops recording; received audio is still interpreted. A second call ends that too. */
  stop(): void {
    if (this.#state.phase === "listening") {
      this.#closeMicrophone();
      this.#outbox.flush();
      // While the connection is lost, what was recorded is sent and finished once it is there again.
      if (this.#linked) {
        this.#send();
        this.#link?.finish();
      }
      this.#set({ phase: "working" });
    } else if (this.#state.phase !== "idle" && this.#state.phase !== "asking") {
      this.#end({});
    }
  }

  /** Empties the captions; the result puts them back. */
  clear(): () => void {
    const { captions } = this.#state;
    this.#set({ captions: { ...captions, rows: [], announced: "" } });
    return () => {
      const now = this.#state.captions;
      this.#set({ captions: { ...now, rows: [...captions.rows, ...now.rows] } });
    };
  }

  readonly #report = ({ samples, peak }: MicrophoneReport): void => {
    const level = this.#tracker.push(peak, performance.now());
    for (const listener of this.#levels) listener(level);
    this.#heardMs += (samples.length * 1_000) / WIRE_RATE;
    this.#outbox.push(samples);
    this.#send();
  };

  #send(): void {
    if (!this.#linked) return;
    for (let block = this.#outbox.take(); block; block = this.#outbox.take()) this.#link?.send(block);
  }

  #connect(): void {
    const events = {
      ready: (resumedAfter: number | undefined) => this.#ready(resumedAfter),
      event: (event: ServerEvent) => this.#event(event),
      over: (clean: boolean) => void this.#over(clean),
    };
    const resume = this.#tries > 0 ? this.#resume.request() : undefined;
    this.#link = new Link(this.#languages, events, resume);
  }

  /** A session can take sound: a new one, or the earlier one from a sample on. */
  #ready(resumedAfter: number | undefined): void {
    this.#linked = true;
    const again = this.#tries > 0;
    this.#tries = 0;
    const isClosing = this.#state.phase === "working";
    let { captions } = this.#state;
    if (resumedAfter === undefined) {
      this.voice.finishAll();
      this.#resume = new ResumeState();
      if (this.#created) this.#resume.note(this.#created);
      captions = begin(captions, this.#pastMs + this.#outbox.rewind());
    } else this.#outbox.resume(resumedAfter);
    this.#outbox.resumable(this.#resume.request() !== undefined);
    const missedSeconds = Math.ceil(this.#outbox.missedSeconds());
    this.#set({
      phase: isClosing ? "working" : "listening",
      captions,
      link: again ? { kind: "back", missedSeconds } : undefined,
      failure: undefined,
    });
    this.#send();
    if (isClosing) this.#link?.finish();
  }

  #event(event: ServerEvent): void {
    if (event.type === "session.created") this.#created = event;
    else this.#resume.note(event);
    const key = speaking(this.#state.captions)?.key;
    const captions = reduce(this.#state.captions, event);
    if (captions !== this.#state.captions) this.#set({ captions });
    if (event.type === "session.output_audio.delta") this.voice.push(key, event.delta);
    else if (event.type === "session.segment.failed") this.voice.finish(key);
    else if (event.type === "session.segment.done") {
      this.voice.finish(key);
      this.#outbox.settled(captions.originMs + event.end_ms - this.#pastMs);
    } else if (event.type === "session.input_audio.acknowledged") {
      this.#outbox.acknowledged(event.through_sample);
    } else if (event.type === "error" && event.error.code === NOT_RESUMABLE) {
      this.#outbox.resumable(false);
    } else if (event.type === "error") {
      const failure = new Failure(event.error.code, { message: event.error.message });
      if (this.#linked) this.#set({ failure });
      else this.#end({ failure });
    }
  }

  async #over(clean: boolean): Promise<void> {
    const wasLinked = this.#linked;
    const { phase, failure } = this.#state;
    this.#linked = false;
    if (clean) this.#end({});
    else if ((phase === "working" && !this.#resume.request()) || this.#tries >= TRIES) {
      this.#end({ failure: new Failure("connection_lost") });
    } else if (!wasLinked && this.#tries === 0) {
      this.#end({ failure: failure ?? (await refusal()) });
    } else {
      this.#set({ link: { kind: "lost" } });
      const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#tries);
      this.#tries += 1;
      this.#timer = setTimeout(() => this.#connect(), wait);
    }
  }

  #closeMicrophone(): void {
    this.#microphone?.close();
    this.#microphone = undefined;
  }

  #end(change: Partial<LiveState>): void {
    clearTimeout(this.#timer);
    this.#closeMicrophone();
    this.#link?.drop();
    this.#link = undefined;
    this.#linked = false;
    this.voice.finishAll();
    this.#set({ phase: "idle", link: undefined, captions: settle(this.#state.captions), ...change });
  }

  #set(change: Partial<LiveState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}

export const live = new Live();
