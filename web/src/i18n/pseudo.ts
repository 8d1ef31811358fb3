/** Two pseudo-languages for visual checks and tests: longer and accented, and right to left. */

export const PSEUDO = ["en-XA", "ar-XB"] as const;

export function pseudoDirection(language: string): "ltr" | "rtl" {
  return language === "ar-XB" ? "rtl" : "ltr";
}

const ACCENTS: Record<string, string> = {
  a: "á", c: "ç", e: "é", i: "í", n: "ñ", o: "ö", u: "ü", y: "ý",
  A: "Á", C: "Ç", E: "É", I: "Í", N: "Ñ", O: "Ö", U: "Ü", Y: "Ý",
};

type Texts = { readonly [key: string]: string | Texts };

function longer(text: string): string {
  const parts = text.split(/(\{\{\w+\}\})/u);
  const accented = parts.map((part) =>
    part.startsWith("{{") ? part : part.replaceAll(/[a-z]/giu, (letter) => ACCENTS[letter] ?? letter),
  );
  return `[${accented.join("")}${"·".repeat(Math.ceil(text.length / 3))}]`;
}

export function pseudo(texts: Texts): Texts {
  return Object.fromEntries(
    Object.entries(texts).map(([key, value]) => [
      key,
      typeof value === "string" ? longer(value) : pseudo(value),
    ]),
  );
}
