import { expect, it } from "vitest";
import { en } from "./en";
import { pseudo } from "./pseudo";

it("is longer, accented, and leaves what is filled in", () => {
  const out = pseudo({ a: { b: "Only {{count}} voices" } }) as { a: { b: string } };
  expect(out.a.b).toContain("{{count}}");
  expect(out.a.b).toMatch(/^\[Öñlý \{\{count\}\} vöíçés·+\]$/u);
});

it("covers every key", () => {
  const keys = (texts: object): string[] =>
    Object.entries(texts).flatMap(([key, value]) =>
      typeof value === "string" ? [key] : keys(value as object).map((inner) => `${key}.${inner}`),
    );
  expect(keys(pseudo(en))).toEqual(keys(en));
});
