import { PcmDecoder } from "../audio/pcm";
import { answered, api, type AudioFormat, type SpeechBody } from "./client";
import { Failure } from "./failure";
import { realizedStyle, type RealizedStyle } from "./realizedStyle";

/** The answer to a request for speech, as soon as its first sound is on the way. */
export interface SpeechAnswer {
  engine: string | undefined;
  voice: string | undefined;
  /** How the style was realized. */
  style: RealizedStyle | undefined;
  /** Fields that the server did not heed. */
  ignored: string[];
  requestId: string | undefined;
  /** The sound in pieces. Throws `interrupted` where it is cut off. */
  sound: AsyncGenerator<Float32Array, void>;
}

/** Speaks, and hands the sound over while it is made. Aborting the signal stops the engine. */
export async function speak(body: SpeechBody, signal: AbortSignal): Promise<SpeechAnswer> {
  const { data, response } = await answered(
    api.POST("/v1/audio/speech", {
      body: { ...body, response_format: "pcm", stream_format: "audio" },
      parseAs: "stream",
      signal,
    }),
  );
  if (!data) throw Failure.fromAnswer(response, undefined);
  const header = (name: string) => response.headers.get(name) ?? undefined;
  const requestId = header("x-request-id");
  return {
    engine: header("mynah-engine"),
    voice: header("mynah-voice"),
    style: realizedStyle(header("mynah-style")),
    ignored: (header("mynah-ignored") ?? "").split(",").map((name) => name.trim()).filter(Boolean),
    requestId,
    sound: samples(data as unknown as ReadableStream<Uint8Array>, requestId),
  };
}

async function* samples(
  stream: ReadableStream<Uint8Array>,
  requestId: string | undefined,
): AsyncGenerator<Float32Array, void> {
  const decoder = new PcmDecoder();
  const reader = stream.getReader();
  try {
    for (;;) {
      // One piece after the other is the point of a stream.
      // oxlint-disable-next-line no-await-in-loop
      const { done, value } = await reader.read();
      if (done) break;
      yield decoder.push(value);
    }
    if (decoder.torn) throw new Failure("interrupted", { requestId });
  } catch (thrown) {
    if (thrown instanceof DOMException && thrown.name === "AbortError") throw thrown;
    throw new Failure("interrupted", { requestId });
  } finally {
    reader.releaseLock();
  }
}

/** The same speech as a file to keep. */
export async function speechFile(body: SpeechBody, format: AudioFormat): Promise<Blob> {
  const { data } = await answered(
    api.POST("/v1/audio/speech", { body: { ...body, response_format: format }, parseAs: "blob" }),
  );
  return data as Blob;
}
