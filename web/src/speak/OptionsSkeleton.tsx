import { Skeleton } from "../ui/Skeleton";

/** Stands for the options while the list of voices loads. */
export function OptionsSkeleton() {
  return (
    <div className="grid grid-cols-1 gap-4 sm:grid-cols-2">
      {["language", "engine", "voice", "style", "speed"].map((name) => (
        <div key={name} className={name === "speed" ? "sm:col-span-2" : undefined}>
          <Skeleton className="mb-1.5 h-4 w-20" />
          <Skeleton className="h-control w-full" />
        </div>
      ))}
    </div>
  );
}
