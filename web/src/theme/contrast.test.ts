import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { contrast, inGamut, parseOklch, type Oklch } from "./oklch";

const css = readFileSync(new URL("./tokens.css", import.meta.url), "utf8");

/** The tokens of one theme: names to colours. */
function tokens(theme: "dark" | "light"): Map<string, Oklch> {
  const block = css.split(`[data-theme="${theme}"] {`)[1]?.split("}")[0] ?? "";
  const found = new Map<string, Oklch>();
  for (const [, name, value] of block.matchAll(/--([\w-]+):\s*(oklch\([^/)]*\));/gu)) {
    const colour = parseOklch(value ?? "");
    if (name !== undefined && colour) found.set(name, colour);
  }
  return found;
}

const READING = ["bg", "surface-1", "surface-2"];
const ALL = [...READING, "surface-3"];

/** [what is seen, where it may stand, the ratio it needs] */
const RULES: [string, string[], number][] = [
  ["text", ALL, 4.5],
  ["text-2", ALL, 4.5],
  ["text-3", READING, 4.5],
  ["accent", READING, 4.5],
  ["ok", READING, 4.5],
  ["warn", READING, 4.5],
  ["danger", READING, 4.5],
  ["info", READING, 4.5],
  ["on-accent", ["accent"], 4.5],
  ["line-strong", READING, 3],
  ["wave", READING, 3],
  ["accent", ["surface-3"], 3],
];

describe.each(["dark", "light"] as const)("the %s theme", (theme) => {
  const colours = tokens(theme);

  it("has a colour for every token, all inside sRGB", () => {
    expect(colours.size).toBe(16);
    const outside = [...colours].filter(([, colour]) => !inGamut(colour)).map(([name]) => name);
    expect(outside).toEqual([]);
  });

  it.each(RULES)("%s can be made out on %s at %s", (name, grounds, least) => {
    for (const ground of grounds) {
      const [front, back] = [colours.get(name), colours.get(ground)];
      if (!front || !back) throw new Error(`no ${name} or ${ground}`);
      expect(contrast(front, back), `${name} on ${ground}`).toBeGreaterThanOrEqual(least);
    }
  });
});

it("computes the contrast of black on white", () => {
  const ratio = contrast({ l: 0, c: 0, h: 0 }, { l: 1, c: 0, h: 0 });
  expect(ratio).toBeCloseTo(21, 3);
});
