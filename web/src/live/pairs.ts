import type { Catalogue } from "../api/catalogue";
import type { EngineStatus } from "../api/client";
import { primary } from "../i18n/languages";

/** The languages that can be recognized here, as primary tags. */
export function sources(catalogue: Catalogue): string[] {
  const tags = catalogue.models
    .filter((model) => model.kind === "transcription" && model.ready)
    .flatMap((model) => model.languages ?? []);
  return [...new Set(tags.map(primary))];
}

/** The spoken language is found by the recognizer, for each sentence. */
export const AUTO = "auto";

/** What can be chosen as spoken: a recognizer of several languages finds out which one it is. */
export function spokenChoices(catalogue: Catalogue): string[] {
  const all = sources(catalogue);
  return all.length > 1 ? [AUTO, ...all] : all;
}

function voiced(catalogue: Catalogue, language: string): boolean {
  return catalogue.voices.some((voice) => voice.languages.some((tag) => primary(tag) === language));
}

/** What a language, or any, can be interpreted into: there is a translation and a voice, or no need of one. */
export function targets(catalogue: Catalogue, from: string): string[] {
  const translated = catalogue.models
    .filter((model) => model.kind === "translation" && model.ready)
    .flatMap((model) => model.pairs ?? [])
    .filter((pair) => from === AUTO || primary(pair.from) === from)
    .map((pair) => primary(pair.to));
  const repeated = from === AUTO ? sources(catalogue) : [from];
  return [...new Set([...translated, ...repeated])].filter((tag) => voiced(catalogue, tag));
}

export function canInterpret(catalogue: Catalogue, from: string, to: string): boolean {
  return spokenChoices(catalogue).includes(from) && targets(catalogue, from).includes(to);
}

/** The first pair that works, a real translation before a repetition. */
export function firstPair(catalogue: Catalogue): { from: string; to: string } {
  const from = spokenChoices(catalogue)[0] ?? "en";
  const all = targets(catalogue, from);
  // A detected language is most likely the first one that is recognized.
  const likely = sources(catalogue)[0] ?? from;
  return { from, to: all.find((to) => to !== likely) ?? all[0] ?? from };
}

/** Engines that would be needed for interpreting and are not here. */
export function absent(catalogue: Catalogue): EngineStatus[] {
  return catalogue.engines.filter((engine) => engine.state === "missing");
}
