import { useSyncExternalStore } from "react";
import { takes, type TakesState } from "./takes";

export function useTakes(): TakesState {
  return useSyncExternalStore(takes.subscribe, takes.snapshot);
}
