import { api, dataOf, type EngineStatus, type Model, type Style, type Voice } from "./client";
import { Failure } from "./failure";

/** What this server offers: voices, recognizers, translators, and what is missing. */
export interface Catalogue {
  voices: readonly Voice[];
  models: readonly Model[];
  engines: readonly EngineStatus[];
  styles: readonly Style[];
}

export async function fetchCatalogue(): Promise<Catalogue> {
  const [voices, models, engines, styles] = await Promise.all([
    dataOf(api.GET("/v1/audio/voices")),
    dataOf(api.GET("/v1/models")),
    fetchEngines(),
    dataOf(api.GET("/api/v1/styles")),
  ]);
  // The page asks for no recordings and no descriptions yet, and other voices are made of them.
  const ready = voices.voices.filter((voice) => voice.kind === "preset");
  return { voices: ready, models: models.data, engines, styles: styles.items };
}

/** `/readyz` answers with the same body whether it is ready (200) or not (503). */
async function fetchEngines(): Promise<readonly EngineStatus[]> {
  try {
    const { data, error, response } = await api.GET("/readyz");
    const readiness = data ?? error;
    if (!readiness) throw Failure.fromAnswer(response, undefined);
    return readiness.engines;
  } catch (thrown) {
    throw Failure.fromThrown(thrown);
  }
}
