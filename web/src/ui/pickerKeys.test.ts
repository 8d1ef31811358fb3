import { expect, it } from "vitest";
import { matching, moved, startingWith } from "./pickerKeys";

const OPTIONS = [
  { value: "de", label: "German" },
  { value: "es", label: "Español", hint: "espeak" },
  { value: "en-GB", label: "British English" },
];

it("finds by every word, without accents and case", () => {
  expect(matching(OPTIONS, "espanol").map(({ value }) => value)).toEqual(["es"]);
  expect(matching(OPTIONS, "english BRIT").map(({ value }) => value)).toEqual(["en-GB"]);
  expect(matching(OPTIONS, "en-gb")).toHaveLength(1);
  expect(matching(OPTIONS, "")).toHaveLength(3);
  expect(matching(OPTIONS, "xyz")).toHaveLength(0);
});

it.each([
  ["ArrowDown", 2, 0],
  ["ArrowUp", 0, 2],
  ["PageDown", 0, 2],
  ["PageUp", 1, 0],
  ["Home", 2, 0],
  ["End", 0, 2],
  ["x", 0, undefined],
])("%s at %i goes to %s", (key, at, to) => {
  expect(moved(key, at, 3)).toBe(to);
});

it("goes nowhere in an empty list", () => {
  expect(moved("ArrowDown", 0, 0)).toBeUndefined();
});

it("jumps to the next that begins with a letter", () => {
  expect(startingWith("b", OPTIONS, 0)).toBe(2);
  expect(startingWith("g", OPTIONS, 0)).toBe(0);
  expect(startingWith("z", OPTIONS, 1)).toBe(1);
});
