import microphoneUrl from "../audio/worklets/microphone.worklet.ts?worker&url";
import type { MicrophoneReport } from "../audio/worklets/protocol";

/** Why there is no microphone. */
export type MicrophoneProblem = "refused" | "none" | "busy" | "insecure";

export class MicrophoneError extends Error {
  readonly problem: MicrophoneProblem;

  constructor(problem: MicrophoneProblem) {
    super(problem);
    this.problem = problem;
  }
}

export interface Microphone {
  close(): void;
}

function problemOf(thrown: unknown): MicrophoneProblem {
  const name = thrown instanceof DOMException ? thrown.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "refused";
  return name === "NotFoundError" || name === "OverconstrainedError" ? "none" : "busy";
}

async function openStream(deviceId: string): Promise<MediaStream> {
  // Undefined on a page that is neither https nor localhost, whatever the types state.
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (!devices) throw new MicrophoneError("insecure");
  const device = deviceId === "" ? {} : { deviceId: { exact: deviceId } };
  const audio = { ...device, channelCount: 1, echoCancellation: true, noiseSuppression: true };
  try {
    return await devices.getUserMedia({ audio });
  } catch (thrown) {
    throw new MicrophoneError(problemOf(thrown));
  }
}

/** Opens the microphone and reports its sound at the wire's rate. Call it from a press. */
export async function openMicrophone(
  deviceId: string,
  onReport: (report: MicrophoneReport) => void,
  onLost: () => void,
): Promise<Microphone> {
  const stream = await openStream(deviceId);
  const track = stream.getAudioTracks()[0];
  const context = new AudioContext({ latencyHint: "interactive" });
  const close = () => {
    track?.removeEventListener("ended", onLost);
    for (const each of stream.getTracks()) each.stop();
    void context.close();
  };
  try {
    await context.audioWorklet.addModule(microphoneUrl);
    const node = new AudioWorkletNode(context, "mynah-microphone", { outputChannelCount: [1] });
    node.port.onmessage = ({ data }: MessageEvent<MicrophoneReport>) => onReport(data);
    context.createMediaStreamSource(stream).connect(node);
    // A node that leads nowhere is not run by every browser; this one is silent.
    node.connect(context.destination);
    await context.resume();
  } catch {
    close();
    throw new MicrophoneError("busy");
  }
  track?.addEventListener("ended", onLost);
  return { close };
}

/** The microphones there are. Their names are known only once one was allowed. */
export async function microphones(): Promise<MediaDeviceInfo[]> {
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  const all = (await devices?.enumerateDevices()) ?? [];
  return all.filter((device) => device.kind === "audioinput" && device.deviceId !== "");
}
