import type { Catalogue } from "../src/api/catalogue";
import type { EngineStatus, Model, Style, Voice } from "../src/api/client";

export function voice(id: string, ...languages: string[]): Voice {
  const [owner = "", name = ""] = id.split("/");
  return { id, name, engine: owner, languages, demo: true, kind: "preset", instructions: false };
}

export function engine(id: string, part: Partial<EngineStatus> = {}): EngineStatus {
  const plain = { kind: "synthesizer", state: "ready", demo: true, about: "", licence: "MIT" } as const;
  return { id, ...plain, ...part };
}

export function model(id: string, kind: Model["kind"], part: Partial<Model> = {}): Model {
  const plain = { object: "model", created: 0, owned_by: "mynah", alias: false, demo: true, ready: true } as const;
  return { id, kind, ...plain, ...part };
}

export function style(key: string, kind: Style["kind"], ...intensities: string[]): Style {
  const plain = { instruct: "", texts: {}, prosody: { rate: 1, pitch: 0, gain: 0 } };
  const variants = intensities.map((intensity) => Object.assign({ intensity }, plain));
  return {
    key,
    kind,
    origin: "builtin",
    version: 0,
    labels: { en: `The ${key}` },
    tags: [],
    wordless: false,
    variants: variants.length === 0 ? [plain] : variants,
  };
}

/** flite for English, espeak for the world, English into Spanish. */
export const CATALOGUE: Catalogue = {
  voices: [
    voice("flite/slt", "en-US"),
    voice("espeak/en-gb", "en-GB"),
    voice("espeak/es", "es"),
    voice("espeak/cmn", "cmn"),
  ],
  engines: [
    engine("flite"),
    engine("espeak"),
    engine("pocketsphinx", { kind: "recognizer" }),
    engine("apertium", { kind: "translator" }),
  ],
  models: [
    model("pocketsphinx", "transcription", { languages: ["en-US"] }),
    model("apertium", "translation", {
      pairs: [
        { from: "en", to: "es" },
        { from: "es", to: "en" },
        { from: "en", to: "ca" },
      ],
    }),
  ],
  styles: [style("neutral", "neutral"), style("sad", "emotion", "medium", "huge"), style("radio", "mode")],
};
