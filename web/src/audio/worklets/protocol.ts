import type { PlayoutStatus } from "../playout";

/** From the page to the loudspeaker's processor. */
export type SpeakerOrder =
  | { kind: "push"; samples: Float32Array }
  | { kind: "end" }
  | { kind: "pause"; paused: boolean }
  | { kind: "clear"; epoch: number };

/** Back from it. `epoch` is that of the last clear, so that stale reports are recognized. */
export interface SpeakerReport extends PlayoutStatus {
  epoch: number;
}

/** From the microphone's processor: sound at the wire's rate, with its peak (0…1) before resampling. */
export interface MicrophoneReport {
  samples: Float32Array;
  peak: number;
}
