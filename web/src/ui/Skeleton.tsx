import { clsx } from "clsx";

/** Stands where something will be, in its shape. It shows itself only after 200 ms. */
export function Skeleton({ className }: { className?: string }) {
  return (
    <span
      aria-hidden
      className={clsx(
        "block animate-[appear_180ms_200ms_both] rounded-control bg-surface-2",
        className,
      )}
    />
  );
}
