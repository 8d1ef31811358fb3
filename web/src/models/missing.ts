import type { InstallableModel } from "../api/client";

/** The default models that are not installed, and how far their pulls are. */
export interface Missing {
  models: readonly InstallableModel[];
  /** The bytes of all of them, roughly. */
  totalBytes: number;
  /** The bytes that arrived so far. */
  bytes: number;
  bytesPerSecond: number;
  running: boolean;
  /** Why a pull failed. */
  error: string | undefined;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** What of the default models is missing; nothing where all are installed. */
export function missing(all: readonly InstallableModel[]): Missing | undefined {
  const models = all.filter((model) => model.default && !model.installed);
  if (models.length === 0) return undefined;
  const pulls = models.flatMap((model) => (model.pull ? [model.pull] : []));
  const running = pulls.filter((pull) => pull.state === "running");
  return {
    models,
    totalBytes: sum(models.map((model) => model.bytes)),
    bytes: sum(pulls.map((pull) => pull.bytes)),
    bytesPerSecond: sum(running.map((pull) => pull.bytes_per_second)),
    running: running.length > 0,
    error: running.length > 0 ? undefined : pulls.find((pull) => pull.error !== undefined)?.error,
  };
}
