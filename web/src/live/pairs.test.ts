import { expect, it } from "vitest";
import { CATALOGUE } from "../../test/catalogue";
import { canInterpret, firstPair, sources, targets } from "./pairs";

it("offers only what is recognized, translated and spoken here", () => {
  expect(sources(CATALOGUE)).toEqual(["en"]);
  expect(targets(CATALOGUE, "en")).toEqual(["es", "en"]);
  expect(firstPair(CATALOGUE)).toEqual({ from: "en", to: "es" });
});

it("swaps only where both ways work", () => {
  expect(canInterpret(CATALOGUE, "en", "es")).toBe(true);
  expect(canInterpret(CATALOGUE, "es", "en")).toBe(false);
});
