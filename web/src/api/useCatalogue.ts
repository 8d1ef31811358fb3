import { useEffect, useState } from "react";
import { fetchCatalogue, type Catalogue } from "./catalogue";
import { Failure } from "./failure";

/** Seconds between two tries while the server does not answer. */
export const RETRY_SECONDS = 5;

export interface CatalogueState {
  catalogue: Catalogue | undefined;
  failure: Failure | undefined;
  retry: () => void;
}

/** Loads the catalogue, and retries while the server does not answer. */
export function useCatalogue(): CatalogueState {
  const [attempt, setAttempt] = useState(0);
  const [catalogue, setCatalogue] = useState<Catalogue>();
  const [failure, setFailure] = useState<Failure>();

  useEffect(() => {
    let left = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    fetchCatalogue().then(
      (loaded) => {
        if (left) return;
        setCatalogue(loaded);
        setFailure(undefined);
      },
      (thrown: unknown) => {
        if (left) return;
        const failed = Failure.fromThrown(thrown);
        setFailure(failed);
        if (failed.code !== "unreachable") return;
        timer = setTimeout(() => setAttempt((count) => count + 1), RETRY_SECONDS * 1_000);
      },
    );
    return () => {
      left = true;
      clearTimeout(timer);
    };
  }, [attempt]);

  return { catalogue, failure, retry: () => setAttempt((count) => count + 1) };
}
