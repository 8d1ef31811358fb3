import { Output } from "../audio/output";
import { fromBase64, PcmDecoder } from "../audio/pcm";
import { player } from "../audio/player";
import { Sound } from "../audio/sound";

/** How many translations keep their sound. */
const SOUNDS_KEPT = 100;

/** The interpreted speech: played as it comes, and kept for playing again. */
export class VoiceOver {
  readonly #sounds = new Map<number, Sound>();
  #output: Output | undefined;
  #decoder = new PcmDecoder();
  #aloud = true;

  constructor() {
    // One sound at a time: what the person starts elsewhere silences the interpretation.
    player.subscribe(() => {
      if (player.snapshot().state !== "idle") this.#output?.clear();
    });
  }

  /** Opens the loudspeaker. Call it from a press. */
  async open(): Promise<void> {
    this.#output ??= await Output.open(() => undefined);
  }

  setAloud(aloud: boolean): void {
    this.#aloud = aloud;
    if (!aloud) this.#output?.clear();
  }

  /** Takes a piece of the translation of the caption with this key. */
  push(key: number | undefined, base64: string): void {
    const samples = this.#decoder.push(fromBase64(base64));
    if (key !== undefined) this.#soundFor(key).push(samples);
    if (this.#aloud && player.snapshot().state === "idle") this.#output?.push(samples);
  }

  /** All of a translation has come; silence after it is no fault. */
  finish(key: number | undefined): void {
    this.#output?.end();
    if (key !== undefined) this.#sounds.get(key)?.finish("complete");
  }

  /** Nothing more comes from this connection. */
  finishAll(): void {
    this.#output?.end();
    this.#decoder = new PcmDecoder();
    for (const sound of this.#sounds.values()) if (sound.state === "arriving") sound.finish("cut");
  }

  /** The sound of a translation, while it is kept. */
  sound(key: number): Sound | undefined {
    return this.#sounds.get(key);
  }

  #soundFor(key: number): Sound {
    const known = this.#sounds.get(key);
    if (known) return known;
    const sound = new Sound();
    this.#sounds.set(key, sound);
    const [oldest] = this.#sounds;
    if (oldest && this.#sounds.size > SOUNDS_KEPT) {
      oldest[1].release();
      this.#sounds.delete(oldest[0]);
    }
    return sound;
  }
}
