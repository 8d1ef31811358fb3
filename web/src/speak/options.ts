import type { TFunction } from "i18next";
import type { Catalogue } from "../api/catalogue";
import type { EngineStatus, Voice } from "../api/client";
import { languageName, primary } from "../i18n/languages";
import type { PickerOption } from "../ui/pickerKeys";
import { AUTO, enginesFor, languages, speakers, voicesFor, type Choices } from "./choices";

function list(names: readonly string[]): string {
  return names.join(", ");
}

/** A sentence of the server, with its full stop. */
function sentence(text: string | null | undefined): string {
  const trimmed = (text ?? "").trim();
  if (trimmed === "") return "";
  const whole = /[.!?]$/u.test(trimmed) ? trimmed : `${trimmed}.`;
  return whole[0]?.toUpperCase() + whole.slice(1);
}

/** What a missing engine lacks, and what mends it. */
export function missing(engine: EngineStatus): { reason: string; fix: string } {
  return { reason: sentence(engine.reason), fix: sentence(engine.fix) };
}

function demo(t: TFunction, isDemo: boolean): string | undefined {
  return isDemo ? t("common.demo") : undefined;
}

export function engineOptions(t: TFunction, catalogue: Catalogue, choices: Choices): PickerOption[] {
  const able = enginesFor(catalogue, choices.language);
  const blocked = (engine: EngineStatus) => {
    if (engine.state === "missing") return t("speak.engine.missing", missing(engine));
    if (able.includes(engine.id)) return undefined;
    const language = languageName(choices.language);
    return able.length === 0
      ? t("speak.engine.lacksAll", { language })
      : t("speak.engine.lacks", { language, others: list(able) });
  };
  return [
    { value: "", label: t("speak.engine.best") },
    ...speakers(catalogue).map((engine) => ({
      value: engine.id,
      label: engine.id,
      hint: engine.about,
      chip: demo(t, engine.demo),
      blocked: blocked(engine),
    })),
  ];
}

/** What can be chosen first, each part by name. */
function byName(a: PickerOption, b: PickerOption): number {
  const order = Number(a.blocked !== undefined) - Number(b.blocked !== undefined);
  return order || a.label.localeCompare(b.label);
}

export function languageOptions(t: TFunction, catalogue: Catalogue, choices: Choices): PickerOption[] {
  const { here, missing: absent } = languages(catalogue);
  const away = speakers(catalogue).filter((engine) => engine.state === "missing");
  const blocked = (language: string) => {
    const able = enginesFor(catalogue, language);
    if (choices.engine === "" || able.includes(choices.engine)) return undefined;
    return t("speak.language.lacks", { engine: choices.engine, others: list(able) });
  };
  const unspoken = [
    t("speak.language.unspoken"),
    ...away.map((engine) => t("speak.language.missing", { engine: engine.id, ...missing(engine) })),
  ].join(" ");
  const options = [
    ...here.map((tag) => ({ value: tag, label: languageName(tag), blocked: blocked(tag) })),
    ...absent.map((tag) => ({ value: tag, label: languageName(tag), blocked: unspoken })),
  ];
  return [{ value: AUTO, label: t("speak.language.auto") }, ...options.toSorted(byName)];
}

function voiceHint(t: TFunction, voice: Voice): string {
  const accent = voice.languages[0];
  const parts = [
    accent === undefined ? undefined : languageName(accent),
    voice.gender === null || voice.gender === undefined ? undefined : t(`speak.voice.${voice.gender}`),
    voice.engine,
  ];
  return parts.filter((part) => part !== undefined).join(" · ");
}

export function voiceOptions(t: TFunction, catalogue: Catalogue, choices: Choices): PickerOption[] {
  const best = { value: "", label: t("speak.voice.best") };
  return [
    ...(choices.engine === "" ? [best] : []),
    ...voicesFor(catalogue, choices.engine, choices.language).map((voice) => ({
      value: voice.id,
      label: voice.name,
      hint: voiceHint(t, voice),
      chip: demo(t, voice.demo),
    })),
  ];
}

/** Speech without a style, then each emotion in each of its intensities, and each mode. */
export function styleOptions(t: TFunction, catalogue: Catalogue, language: string): PickerOption[] {
  const none = { value: "", label: t("speak.style.none") };
  const styled = catalogue.styles.filter((style) => style.kind !== "neutral");
  return [
    none,
    ...styled.flatMap((style) => {
      const label = style.labels[language] ?? style.labels.en ?? style.key;
      return style.variants.map(({ intensity }) =>
        intensity === undefined
          ? { value: style.key, label, hint: t("speak.style.mode") }
          : {
              value: `${style.key}/${intensity}`,
              label: `${label}, ${intensityName(t, intensity)}`,
              hint: t("speak.style.emotion"),
            },
      );
    }),
  ];
}

/** An intensity in words; one of a workspace's own by its key. */
function intensityName(t: TFunction, key: string): string {
  if (key === "medium" || key === "intense") return t(`speak.style.intensity.${key}`);
  return key;
}

/** A style in words: `Sad, intense`. */
export function styleName(t: TFunction, catalogue: Catalogue, style: string, language: string): string {
  const found = styleOptions(t, catalogue, language).find(({ value }) => value === style);
  return found?.label ?? style;
}

/** The language in which a voice introduces itself: the requested one, if it has it. */
export function introduction(voice: Voice, language: string): string {
  const own = voice.languages.map(primary);
  return own.includes(language) ? language : (own[0] ?? "en");
}
