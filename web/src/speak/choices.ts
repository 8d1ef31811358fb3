import type { Catalogue } from "../api/catalogue";
import type { EngineStatus, SpeechBody, Voice } from "../api/client";
import { primary } from "../i18n/languages";

/** What the person picked. */
export interface Choices {
  /** Empty: the server chooses. */
  engine: string;
  /** A primary tag, or `auto`. */
  language: string;
  /** Empty: the server chooses, which it does only where it chooses the engine too. */
  voice: string;
  /** `sad/intense` for an emotion, `radio` for a mode, or empty. */
  style: string;
  speed: number;
}

export const AUTO = "auto";
export const START: Choices = { engine: "", language: AUTO, voice: "", style: "", speed: 1 };

/** The usual limit on the text, in characters; the server has the last word. */
export const TEXT_LIMIT = 4_096;

/** Speeds that the slider stops at. */
export const SPEEDS = [
  0.25, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.75, 2, 2.5, 3, 4,
] as const;

/** The model and voice that leave the choice to the server. */
const ANY_MODEL = "tts-1";
const ANY_VOICE = "alloy";

const ENGLISH = "en";

/** Languages that are listed even where no engine has them. */
const WORLD = ["zh", "en", "ja", "ko", "de", "fr", "ru", "pt", "es", "it"];

export function speakers(catalogue: Catalogue): EngineStatus[] {
  return catalogue.engines.filter((engine) => engine.kind === "synthesizer");
}

export function speaks(voice: Voice, language: string): boolean {
  return language === AUTO || voice.languages.some((tag) => primary(tag) === language);
}

/** The voices that are left by engine and language. */
export function voicesFor(catalogue: Catalogue, engine: string, language: string): Voice[] {
  return catalogue.voices.filter(
    (voice) => (engine === "" || voice.engine === engine) && speaks(voice, language),
  );
}

/** The engines with a voice for a language, in the server's order of preference. */
export function enginesFor(catalogue: Catalogue, language: string): string[] {
  return [...new Set(voicesFor(catalogue, "", language).map((voice) => voice.engine))];
}

/** All languages of the voices here, as primary tags, and the great ones that are missing. */
export function languages(catalogue: Catalogue): { here: string[]; missing: string[] } {
  const tags = catalogue.voices.flatMap((voice) => voice.languages);
  const here = [...new Set(tags.map(primary))];
  const known = new Set(here.flatMap((tag) => (tag === "cmn" ? ["cmn", "zh"] : [tag])));
  return { here, missing: WORLD.filter((tag) => !known.has(tag)) };
}

/** The choices after one of them changed: a voice that no longer fits gives way. */
export function chosen(catalogue: Catalogue, old: Choices, change: Partial<Choices>): Choices {
  const next = { ...old, ...change };
  const left = voicesFor(catalogue, next.engine, next.language);
  if (left.some((voice) => voice.id === next.voice)) return next;
  if (next.engine === "") return { ...next, voice: "" };
  const first = left.find((voice) => speaks(voice, ENGLISH)) ?? left[0];
  return { ...next, voice: first?.id ?? "" };
}

/** The request that these choices mean. */
export function requestFor(choices: Choices, text: string): SpeechBody {
  const { engine, language, voice, style, speed } = choices;
  return {
    input: text,
    model: engine === "" ? ANY_MODEL : engine,
    voice: voice === "" ? ANY_VOICE : voice,
    language,
    ...(style === "" ? {} : { style: styleParam(style) }),
    // A kept voice has a speed of its own, which any speed in a request overrides.
    ...(speed === 1 ? {} : { speed }),
  };
}

/** An emotion has an intensity, a mode has none. */
function styleParam(style: string): NonNullable<SpeechBody["style"]> {
  const [key = "", intensity] = style.split("/");
  return intensity === undefined ? { mode: key } : { emotion: key, intensity };
}

/** The approximate seconds of a text as speech. */
export function expectedSeconds(text: string, speed: number): number {
  const wide = text.match(/[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}]/gu)?.length ?? 0;
  const WIDE_PER_SECOND = 4.5;
  const NARROW_PER_SECOND = 14;
  return (wide / WIDE_PER_SECOND + (text.length - wide) / NARROW_PER_SECOND) / speed;
}

/** Characters as the server counts them. */
export function characters(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
