import { outputContext } from "./context";
import { WIRE_RATE } from "./pcm";
import { CAPACITY_SECONDS, type PlayoutStatus } from "./playout";
import type { SpeakerOrder, SpeakerReport } from "./worklets/protocol";

const IDLE: PlayoutStatus = { state: "idle", played: 0, buffered: 0, underruns: 0 };
/** Samples kept in the audio thread; the rest waits here. */
const AHEAD = WIRE_RATE * (CAPACITY_SECONDS - 4);

/** A stream of sound to the loudspeaker. It takes any amount at once and feeds the ring as it empties. */
export class Output {
  readonly #node: AudioWorkletNode;
  readonly #onStatus: (status: PlayoutStatus) => void;
  #waiting: Float32Array[] = [];
  #sent = 0;
  #epoch = 0;
  #ended = false;
  #status: PlayoutStatus = IDLE;

  private constructor(node: AudioWorkletNode, onStatus: (status: PlayoutStatus) => void) {
    this.#node = node;
    this.#onStatus = onStatus;
    node.port.onmessage = ({ data }: MessageEvent<SpeakerReport>) => this.#onReport(data);
  }

  /** Call it from a press or a key: browsers start no sound by themselves. */
  static async open(onStatus: (status: PlayoutStatus) => void): Promise<Output> {
    const context = await outputContext();
    const options = { numberOfInputs: 0, outputChannelCount: [1] };
    const node = new AudioWorkletNode(context, "mynah-speaker", options);
    node.connect(context.destination);
    return new Output(node, onStatus);
  }

  get status(): PlayoutStatus {
    return this.#status;
  }

  push(samples: Float32Array): void {
    this.#ended = false;
    this.#waiting.push(samples);
    this.#feed();
  }

  /** Nothing follows for now: what waits is played out. */
  end(): void {
    this.#ended = true;
    this.#feed();
  }

  pause(paused: boolean): void {
    this.#order({ kind: "pause", paused });
  }

  /** Silence at once; counts start again. */
  clear(): void {
    this.#waiting = [];
    this.#sent = 0;
    this.#epoch += 1;
    this.#status = IDLE;
    this.#order({ kind: "clear", epoch: this.#epoch });
  }

  close(): void {
    this.clear();
    this.#node.port.onmessage = null;
    this.#node.disconnect();
  }

  #onReport(report: SpeakerReport): void {
    if (report.epoch !== this.#epoch) return;
    this.#status = report;
    this.#feed();
    this.#onStatus(report);
  }

  #feed(): void {
    while (this.#sent - this.#status.played < AHEAD) {
      const next = this.#waiting.shift();
      if (!next) break;
      const piece = next.slice(0, WIRE_RATE);
      if (piece.length < next.length) this.#waiting.unshift(next.subarray(piece.length));
      this.#sent += piece.length;
      this.#order({ kind: "push", samples: piece }, [piece.buffer]);
    }
    if (this.#ended && this.#waiting.length === 0) {
      this.#ended = false;
      this.#order({ kind: "end" });
    }
  }

  #order(order: SpeakerOrder, transfer: Transferable[] = []): void {
    this.#node.port.postMessage(order, transfer);
  }
}
