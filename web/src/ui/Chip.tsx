import { clsx } from "clsx";
import type { ReactNode } from "react";

/** A short label on something: "demo". */
export function Chip({ children, className }: { children: ReactNode; className?: string }) {
  return (
    <span
      className={clsx(
        "inline-flex items-center rounded-chip border border-line-strong px-1.5 py-0.5",
        "text-micro font-medium text-text-2",
        className,
      )}
    >
      {children}
    </span>
  );
}
