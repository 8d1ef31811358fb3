import { describe, expect, it } from "vitest";
import { CATALOGUE, engine } from "../../test/catalogue";
import { characters, chosen, expectedSeconds, languages, requestFor, START } from "./choices";
import { engineOptions, introduction, languageOptions, styleName, styleOptions, voiceOptions } from "./options";

/** Shows the key and what is filled in, in place of words. */
const t = ((key: string, values: object = {}) =>
  [key, ...Object.values(values)].join("|")) as unknown as Parameters<typeof engineOptions>[0];

const SPANISH = { ...START, language: "es" };
const FLITE = { ...START, engine: "flite" };

describe("what can be chosen", () => {
  it("an engine that lacks the language names those that can", () => {
    const flite = engineOptions(t, CATALOGUE, SPANISH).find(({ value }) => value === "flite");
    expect(flite?.blocked).toContain("speak.engine.lacks|Spanish|espeak");
    const espeak = engineOptions(t, CATALOGUE, SPANISH).find(({ value }) => value === "espeak");
    expect(espeak?.blocked).toBeUndefined();
  });

  it("a language that the engine lacks comes last, with the reason", () => {
    const options = languageOptions(t, CATALOGUE, FLITE);
    expect(options.map(({ value }) => value).slice(0, 2)).toEqual(["auto", "en"]);
    const spanish = options.find(({ value }) => value === "es");
    expect(spanish?.blocked).toBe("speak.language.lacks|flite|espeak");
  });

  it("a language without an engine names the package", () => {
    const away = engine("espeak", {
      state: "missing",
      reason: "espeak-ng is not installed",
      fix: "apt-get install espeak-ng",
    });
    const only = {
      ...CATALOGUE,
      voices: CATALOGUE.voices.filter((voice) => voice.engine === "flite"),
      engines: [engine("flite"), away],
    };
    const german = languageOptions(t, only, START).find(({ value }) => value === "de");
    expect(german?.blocked).toContain("Apt-get install espeak-ng");
    const option = engineOptions(t, only, START).find(({ value }) => value === "espeak");
    expect(option?.blocked).toContain("Espeak-ng is not installed.");
  });

  it("voices follow engine and language", () => {
    expect(voiceOptions(t, CATALOGUE, SPANISH).map(({ value }) => value)).toEqual(["", "espeak/es"]);
    expect(voiceOptions(t, CATALOGUE, FLITE).map(({ value }) => value)).toEqual(["flite/slt"]);
  });

  it("Mandarin by either name is one language", () => {
    expect(languages(CATALOGUE).missing).not.toContain("zh");
  });

  it("a voice that no longer fits gives way", () => {
    const picked = { ...START, voice: "flite/slt" };
    expect(chosen(CATALOGUE, picked, { speed: 2 }).voice).toBe("flite/slt");
    expect(chosen(CATALOGUE, picked, { language: "es" }).voice).toBe("");
  });

  it("styles are none, each intensity of an emotion, and each mode", () => {
    const options = styleOptions(t, CATALOGUE, "de");
    expect(options.map(({ value }) => value)).toEqual(["", "sad/medium", "sad/huge", "radio"]);
    expect(styleName(t, CATALOGUE, "sad/huge", "en")).toBe("The sad, huge");
    expect(styleName(t, CATALOGUE, "unknown", "en")).toBe("unknown");
  });

  it("a voice introduces itself in the requested language", () => {
    const voice = { ...CATALOGUE.voices[0], languages: ["en-US", "es"] } as (typeof CATALOGUE.voices)[0];
    expect(introduction(voice, "es")).toBe("es");
    expect(introduction(voice, "de")).toBe("en");
  });
});

describe("requests", () => {
  it("leaves to the server what was not chosen", () => {
    expect(requestFor(START, "Hi")).toEqual({
      input: "Hi",
      model: "tts-1",
      voice: "alloy",
      language: "auto",
    });
    expect(requestFor({ ...START, speed: 1.5 }, "Hi").speed).toBe(1.5);
  });

  it("names an emotion with its intensity, or a mode", () => {
    expect(requestFor({ ...START, style: "sad/huge" }, "Hi").style).toEqual({ emotion: "sad", intensity: "huge" });
    expect(requestFor({ ...START, style: "radio" }, "Hi").style).toEqual({ mode: "radio" });
  });

  it("names a voice of the engine that was chosen", () => {
    const named = chosen(CATALOGUE, START, { engine: "espeak" });
    expect(requestFor(named, "Hi")).toMatchObject({ model: "espeak", voice: "espeak/en-gb" });
    const spanish = chosen(CATALOGUE, named, { language: "es" });
    expect(requestFor(spanish, "Hola")).toMatchObject({ voice: "espeak/es", language: "es" });
  });
});

it("counts characters, not units of UTF-16", () => {
  expect(characters("a😀é")).toBe(3);
});

it("guesses longer for slow speech, and by the sign for Chinese", () => {
  expect(expectedSeconds("x".repeat(140), 0.5)).toBeCloseTo(20);
  expect(expectedSeconds("你好你好你好你好你", 1)).toBeCloseTo(2);
});
