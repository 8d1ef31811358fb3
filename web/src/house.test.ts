import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { en } from "./i18n/en";

/** The rules of this house that no linter knows. */

const root = new URL(".", import.meta.url).pathname;
const files = readdirSync(root, { recursive: true, encoding: "utf8" })
  .filter((file) => /\.(?:tsx?|css)$/u.test(file))
  .filter((file) => !file.includes(".test.") && !file.endsWith("schema.gen.ts"))
  .map((name) => ({ name, text: readFileSync(root + name, "utf8") }));
const code = files.filter(({ name }) => !name.startsWith("i18n/en"));
const all = code.map(({ text }) => text).join("\n");

function leaves(texts: object, path = ""): string[] {
  return Object.entries(texts).flatMap(([key, value]) =>
    typeof value === "string" ? [path + key] : leaves(value as object, `${path}${key}.`),
  );
}

describe("the house", () => {
  it("was read", () => {
    expect(files.length).toBeGreaterThan(80);
  });

  it("has colours with numbers in the tokens alone", () => {
    const raw = /#[0-9a-f]{3,8}\b|\b(?:rgba?|hsla?|oklch|oklab|color)\(/iu;
    const guilty = files.filter(({ name, text }) => name !== "theme/tokens.css" && raw.test(strip(text)));
    expect(guilty.map(({ name }) => name)).toEqual([]);
  });

  it("has no words in components", () => {
    const words = />\s*(?!Mynah)[A-Z][a-z]+[^<>{}=;]*</u;
    const guilty = code.filter(({ name, text }) => name.endsWith(".tsx") && words.test(strip(text)));
    expect(guilty.map(({ name }) => name)).toEqual([]);
  });

  it("has no key that nobody says", () => {
    const prefixes = [...all.matchAll(/t\(`([\w.]+)\$\{/gu)].map(([, prefix]) => prefix ?? "");
    const said = (key: string) =>
      all.includes(`"${key}"`) || prefixes.some((prefix) => key.startsWith(prefix));
    const silent = leaves(en).filter((key) => !said(key.replace(/_(?:one|other)$/u, "")));
    expect(silent).toEqual([]);
  });
});

/** Without comments and private names, in which a `#` is no colour. */
function strip(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/gu, "").replaceAll(/(?:this|readonly|static)?[.\s]#\w+/gu, "");
}
