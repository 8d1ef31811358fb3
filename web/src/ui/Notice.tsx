import { clsx } from "clsx";
import { CircleAlert, Info, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";

const KINDS = {
  info: { Icon: Info, colour: "text-info" },
  warn: { Icon: TriangleAlert, colour: "text-warn" },
  danger: { Icon: CircleAlert, colour: "text-danger" },
};

interface Props {
  kind: keyof typeof KINDS;
  /** Whether it is read out when it appears. */
  live?: "alert" | "status" | undefined;
  children: ReactNode;
  className?: string;
}

/** A message about the region that it stands in: an icon and words. */
export function Notice({ kind, live, children, className }: Props) {
  const { Icon, colour } = KINDS[kind];
  return (
    <div
      role={live}
      className={clsx(
        "flex items-start gap-2 rounded-card border border-line bg-surface-1 p-3 text-ui",
        className,
      )}
    >
      <Icon aria-hidden size={16} strokeWidth={1.75} className={clsx("mt-0.5 shrink-0", colour)} />
      <div className="min-w-0 flex-1">{children}</div>
    </div>
  );
}
