/** Colours by lightness, chroma and hue, and how they contrast (WCAG 2.2). For the tests of the tokens. */

export interface Oklch {
  /** 0…1 */
  l: number;
  c: number;
  /** Degrees. */
  h: number;
}

export function parseOklch(text: string): Oklch | undefined {
  const parts = /oklch\(\s*([\d.]+)%\s+([\d.]+)\s+([\d.]+)\s*\)/u.exec(text);
  if (!parts) return undefined;
  return { l: Number(parts[1]) / 100, c: Number(parts[2]), h: Number(parts[3]) };
}

/** Linear sRGB, by the matrices of https://bottosson.github.io/posts/oklab/. */
function linear({ l, c, h }: Oklch): [number, number, number] {
  const a = c * Math.cos((h * Math.PI) / 180);
  const b = c * Math.sin((h * Math.PI) / 180);
  const long = (l + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const medium = (l - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const short = (l - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
    -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
    -0.0041960863 * long - 0.7034186147 * medium + 1.707614701 * short,
  ];
}

/** Whether an sRGB screen can show it. */
export function inGamut(colour: Oklch): boolean {
  const SLACK = 0.002;
  return linear(colour).every((part) => part >= -SLACK && part <= 1 + SLACK);
}

function luminance(colour: Oklch): number {
  const [red, green, blue] = linear(colour).map((part) => Math.max(0, Math.min(1, part)));
  return 0.2126 * (red ?? 0) + 0.7152 * (green ?? 0) + 0.0722 * (blue ?? 0);
}

/** The contrast ratio, 1…21. */
export function contrast(one: Oklch, other: Oklch): number {
  const [dark, light] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
}
