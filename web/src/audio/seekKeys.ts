import { RATES } from "./rates";

/** What a key does on a player. */
export type SeekAct =
  | { kind: "toggle" }
  | { kind: "seek"; to: number }
  | { kind: "rate"; rate: number }
  | { kind: "loop" };

interface Context {
  /** Seconds. */
  at: number;
  duration: number;
  rate: number;
}

const STEP = 1;
const LONG_STEP = 5;

function neighbour(rate: number, step: 1 | -1): number {
  const at = RATES.findIndex((known) => known === rate);
  return RATES[Math.max(0, Math.min(RATES.length - 1, at + step))] ?? 1;
}

export function seekAct(key: string, shift: boolean, context: Context): SeekAct | undefined {
  const { at, duration, rate } = context;
  const step = shift ? LONG_STEP : STEP;
  switch (key) {
    case " ":
    case "Enter":
      return { kind: "toggle" };
    case "ArrowRight":
      return { kind: "seek", to: Math.min(duration, Math.max(0, at + step)) };
    case "ArrowLeft":
      return { kind: "seek", to: Math.min(duration, Math.max(0, at - step)) };
    case "Home":
      return { kind: "seek", to: 0 };
    case "End":
      return { kind: "seek", to: duration };
    case ",":
      return { kind: "rate", rate: neighbour(rate, -1) };
    case ".":
      return { kind: "rate", rate: neighbour(rate, 1) };
    case "l":
    case "L":
      return { kind: "loop" };
    default:
      return undefined;
  }
}
