import { useEffect, useState } from "react";
import { Failure } from "../api/failure";
import { cancelPulls, fetchInstallation, startPulls } from "./installation";
import { missing, type Missing } from "./missing";

/** Milliseconds from one look at running pulls to the next. */
const POLL_INTERVAL_MS = 1_000;

export interface InstallationState {
  missing: Missing | undefined;
  failure: Failure | undefined;
  /** Whether this client may not have models fetched. */
  forbidden: boolean;
  start: () => void;
  stop: () => void;
}

/** What of the default models is missing. `onInstalled` is called once pulls have brought something. */
export function useInstallation(onInstalled: () => void): InstallationState {
  const [found, setFound] = useState<Missing>();
  const [failure, setFailure] = useState<Failure>();
  const [look, setLook] = useState(0);
  const running = found?.running ?? false;

  useEffect(() => {
    let left = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    fetchInstallation().then(
      (models) => {
        if (left) return;
        const now = missing(models);
        setFound(now);
        if (now?.running) timer = setTimeout(() => setLook((count) => count + 1), POLL_INTERVAL_MS);
        else if (running) onInstalled();
      },
      // The catalogue of voices reports a server that is away.
      () => undefined,
    );
    return () => {
      left = true;
      clearTimeout(timer);
    };
    // A change of the others is no reason to look again.
    // oxlint-disable-next-line exhaustive-deps
  }, [look]);

  function act(work: Promise<void>): void {
    setFailure(undefined);
    work
      .catch((thrown: unknown) => setFailure(Failure.fromThrown(thrown)))
      .finally(() => setLook((count) => count + 1));
  }
  const models = found?.models ?? [];
  return {
    missing: found,
    failure,
    forbidden: failure?.code === "pull_not_allowed",
    start: () => act(startPulls(models)),
    stop: () => act(cancelPulls(models)),
  };
}
