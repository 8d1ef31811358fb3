import type { ReactNode } from "react";

interface Props {
  id: string;
  label: string;
  /** Below the control; an error takes its place. */
  help?: ReactNode;
  children: ReactNode;
  className?: string;
}

/** A label above a control and help below. The control carries `aria-labelledby={labelId(id)}`. */
export function Field({ id, label, help, children, className }: Props) {
  return (
    <div className={className}>
      <div id={labelId(id)} className="mb-1.5 text-dense font-medium text-text-2">
        {label}
      </div>
      {children}
      {help !== undefined && <div className="mt-1.5 text-dense text-text-3">{help}</div>}
    </div>
  );
}

export function labelId(id: string): string {
  return `${id}-label`;
}
