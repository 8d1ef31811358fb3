import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { en } from "./i18n/en";

/** Conventions of this folder that no linter checks. */

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

describe("the sources", () => {
  it("are read", () => {
    expect(files.length).toBeGreaterThan(80);
  });

  it("have numbered colours in the tokens alone", () => {
    const raw = /#[0-9a-f]{3,8}\b|\b(?:rgba?|hsla?|oklch|oklab|color)\(/iu;
    const found = files.filter(({ name, text }) => name !== "theme/tokens.css" && raw.test(strip(text)));
    expect(found.map(({ name }) => name)).toEqual([]);
  });

  it("have no words in components", () => {
    const words = />\s*(?!Mynah)[A-Z][a-z]+[^<>{}=;]*</u;
    const found = code.filter(({ name, text }) => name.endsWith(".tsx") && words.test(strip(text)));
    expect(found.map(({ name }) => name)).toEqual([]);
  });

  it("have no unused text key", () => {
    const prefixes = [...all.matchAll(/t\(`([\w.]+)\$\{/gu)].map(([, prefix]) => prefix ?? "");
    const used = (key: string) =>
      all.includes(`"${key}"`) || prefixes.some((prefix) => key.startsWith(prefix));
    const unused = leaves(en).filter((key) => !used(key.replace(/_(?:one|other)$/u, "")));
    expect(unused).toEqual([]);
  });
});

/** Without comments and private names, in which a `#` is no colour. */
function strip(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/gu, "").replaceAll(/(?:this|readonly|static)?[.\s]#\w+/gu, "");
}
