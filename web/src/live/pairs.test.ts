import { expect, it } from "vitest";
import { CATALOGUE } from "../../test/catalogue";
import { AUTO, canInterpret, firstPair, sources, spokenChoices, targets } from "./pairs";

it("offers only what is recognized, translated and spoken here", () => {
  expect(sources(CATALOGUE)).toEqual(["en"]);
  expect(targets(CATALOGUE, "en")).toEqual(["es", "en"]);
  expect(firstPair(CATALOGUE)).toEqual({ from: "en", to: "es" });
});

it("swaps only where both ways work", () => {
  expect(canInterpret(CATALOGUE, "en", "es")).toBe(true);
  expect(canInterpret(CATALOGUE, "es", "en")).toBe(false);
});

it("lets a recognizer of several languages find the spoken one", () => {
  expect(spokenChoices(CATALOGUE)).toEqual(["en"]);
  const models = CATALOGUE.models.map((model) =>
    model.kind === "transcription" ? { ...model, languages: ["en", "de", "en-GB"] } : model,
  );
  const several = { ...CATALOGUE, models };
  expect(spokenChoices(several)).toEqual([AUTO, "en", "de"]);
  expect(targets(several, AUTO)).toContain("es");
  expect(firstPair(several)).toEqual({ from: AUTO, to: "es" });
  expect(canInterpret(several, AUTO, "es")).toBe(true);
  expect(canInterpret(several, "es", AUTO)).toBe(false);
});
