import createClient from "openapi-fetch";
import { Failure } from "./failure";
import { apiKey } from "./key";
import type { components, paths } from "./schema.gen";

export type SpeechBody = components["schemas"]["SpeechBody"];
export type AudioFormat = components["schemas"]["AudioFormat"];
export type Voice = components["schemas"]["VoiceInfo"];
export type Style = components["schemas"]["Style"];
export type Model = components["schemas"]["Model"];
export type InstallableModel = components["schemas"]["InstallableModel"];
export type EngineStatus = components["schemas"]["EngineStatus"];

/** The server's API, typed by its own document. */
export const api = createClient<paths>({ baseUrl: location.origin });

api.use({
  onRequest({ request }) {
    const key = apiKey();
    if (key !== undefined) request.headers.set("authorization", `Bearer ${key}`);
    return request;
  },
});

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The data of an answer; throws a `Failure` where there is none. */
export async function dataOf<T>(asked: Promise<Answer<T>>): Promise<T> {
  return (await answered(asked)).data;
}

/** The same, with the answer's headers. */
export async function answered<T>(
  asked: Promise<Answer<T>>,
): Promise<{ data: T; response: Response }> {
  try {
    const { data, error, response } = await asked;
    if (!response.ok || data === undefined) throw Failure.fromAnswer(response, error);
    return { data, response };
  } catch (thrown) {
    if (thrown instanceof DOMException && thrown.name === "AbortError") throw thrown;
    throw Failure.fromThrown(thrown);
  }
}
