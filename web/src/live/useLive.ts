import { useSyncExternalStore } from "react";
import { live, type LiveState } from "./live";

export function useLive(): LiveState {
  return useSyncExternalStore(live.subscribe, live.snapshot);
}
