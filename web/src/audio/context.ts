import { WIRE_RATE } from "./pcm";
import speakerUrl from "./worklets/speaker.worklet.ts?worker&url";

let shared: Promise<AudioContext> | undefined;

async function open(): Promise<AudioContext> {
  const context = new AudioContext({ sampleRate: WIRE_RATE, latencyHint: "interactive" });
  await context.audioWorklet.addModule(speakerUrl);
  return context;
}

/** The page's one way to the loudspeaker, opened by the first sound and running after this. */
export async function outputContext(): Promise<AudioContext> {
  shared ??= open();
  try {
    const context = await shared;
    if (context.state !== "running") await context.resume();
    return context;
  } catch (error) {
    shared = undefined;
    throw error;
  }
}
