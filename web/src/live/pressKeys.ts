/** Space on the microphone button: a tap toggles, a hold listens as long as it is held. */

export const HOLD_MS = 400;

export type PressAct = "start" | "stop" | undefined;

export class SpacePress {
  #downAt: number | undefined;
  #started = false;

  /** The key goes down. */
  down(now: number, idle: boolean): PressAct {
    if (this.#downAt !== undefined) return undefined;
    this.#downAt = now;
    this.#started = idle;
    return idle ? "start" : "stop";
  }

  /** The key comes up. */
  up(now: number): PressAct {
    const held = this.#downAt !== undefined && now - this.#downAt >= HOLD_MS;
    const act = held && this.#started ? "stop" : undefined;
    this.#downAt = undefined;
    this.#started = false;
    return act;
  }
}
