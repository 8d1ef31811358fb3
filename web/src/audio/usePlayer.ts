import { useEffect, useState, useSyncExternalStore } from "react";
import type { DeckState } from "./deck";
import { player, type PlayerState } from "./player";
import type { Sound } from "./sound";

export function usePlayer(): PlayerState {
  return useSyncExternalStore(player.subscribe, player.snapshot);
}

/** What the player does with this sound. */
export function useDeckState(sound: Sound): DeckState {
  const { sound: current, state } = usePlayer();
  return current === sound ? state : "idle";
}

/** Renders again whenever the sound grows. */
export function useSound(sound: Sound): Sound {
  useSyncExternalStore(sound.subscribe, sound.version);
  return sound;
}

const STEP_MS = 100;

/** The playhead in seconds, for texts: it moves ten times a second. */
export function usePosition(sound: Sound): number {
  const state = useDeckState(sound);
  const [, tick] = useState(0);
  useEffect(() => {
    if (state !== "playing") return;
    const timer = setInterval(() => tick((count) => count + 1), STEP_MS);
    return () => clearInterval(timer);
  }, [state]);
  return player.position(sound);
}
