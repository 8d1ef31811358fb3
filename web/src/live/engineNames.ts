import type { Engines } from "./events";

/** `whisper · bergamot → pt → apertium · espeak/es`: recognizer, translators, voice. */
export function engineNames({ recognizer, translators, via, voice }: Engines): string {
  const steps = translators.join(via ? ` → ${via} → ` : " → ");
  return [recognizer, steps, voice].filter(Boolean).join(" · ");
}
