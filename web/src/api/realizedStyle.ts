/** How a style was realized: by a recording in it, by an instruction, or by tempo, pitch and level. */
export interface RealizedStyle {
  /** `sad/medium`, or `radio`. */
  spoken: string;
  by: "prompt" | "instruct" | "prosody";
  /** The style that was asked for, where another one is spoken. */
  asked: string | undefined;
}

/** Reads the header `mynah-style`: `sad/medium; by=prompt; asked=sad/intense`. */
export function realizedStyle(header: string | undefined): RealizedStyle | undefined {
  const [spoken, ...parameters] = (header ?? "").split(";").map((part) => part.trim());
  const values = new Map(parameters.map((part) => part.split("=", 2) as [string, string]));
  const by = values.get("by");
  if (!spoken || (by !== "prompt" && by !== "instruct" && by !== "prosody")) return undefined;
  return { spoken, by, asked: values.get("asked") };
}
