import { Playout, type PlayoutState } from "../playout";
import { WIRE_RATE } from "../pcm";
import type { SpeakerOrder, SpeakerReport } from "./protocol";

/** Quanta of 128 samples between two reports: 43 ms at 24 kHz. */
const REPORT_EVERY = 8;

class Speaker extends AudioWorkletProcessor {
  readonly #playout = new Playout(WIRE_RATE);
  #epoch = 0;
  #quanta = 0;
  #state: PlayoutState = "idle";

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<SpeakerOrder>) => this.#obey(data);
  }

  #obey(order: SpeakerOrder): void {
    if (order.kind === "push") this.#playout.push(order.samples);
    else if (order.kind === "end") this.#playout.end();
    else if (order.kind === "pause") this.#playout.pause(order.paused);
    else {
      this.#playout.clear();
      this.#epoch = order.epoch;
    }
    this.#report();
  }

  #report(): void {
    const report: SpeakerReport = { ...this.#playout.status(), epoch: this.#epoch };
    this.#state = report.state;
    this.port.postMessage(report);
  }

  override process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const out = outputs[0]?.[0];
    if (out) this.#playout.pull(out);
    this.#quanta += 1;
    const turned = this.#playout.state !== this.#state;
    if (turned || (this.#state !== "idle" && this.#quanta % REPORT_EVERY === 0)) this.#report();
    return true;
  }
}

registerProcessor("mynah-speaker", Speaker);
