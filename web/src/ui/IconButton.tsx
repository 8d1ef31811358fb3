import { clsx } from "clsx";
import type { ComponentProps, ReactNode } from "react";
import { Tooltip } from "./Tooltip";

interface Props extends Omit<ComponentProps<"button">, "aria-label" | "children"> {
  /** What it does: its name for screen readers, and its tooltip. */
  label: string;
  icon: ReactNode;
  /** Why it can't be pressed; takes the place of the label in the tooltip. */
  blocked?: string | undefined;
  look?: "quiet" | "outlined" | "filled";
  dense?: boolean;
  round?: boolean;
}

const LOOKS = {
  quiet: "border-transparent text-text-2 hover:bg-surface-2 hover:text-text",
  outlined: "border-line-strong bg-surface-2 text-text hover:bg-surface-3",
  filled: "border-accent bg-accent text-on-accent hover:brightness-110",
};

export function IconButton(props: Props) {
  const { label, icon, blocked, look = "quiet", dense = false, round = false, ...others } = props;
  const { className, onClick, ...rest } = others;
  return (
    <Tooltip text={blocked ?? label}>
      <button
        type="button"
        aria-label={blocked === undefined ? label : `${label}. ${blocked}`}
        aria-disabled={blocked === undefined ? undefined : true}
        onClick={blocked === undefined ? onClick : undefined}
        className={clsx(
          "inline-flex shrink-0 items-center justify-center border",
          round ? "rounded-chip" : "rounded-control",
          "transition duration-120 ease-calm",
          "aria-disabled:cursor-not-allowed aria-disabled:text-text-3",
          dense ? "size-dense" : "size-control",
          LOOKS[look],
          className,
        )}
        {...rest}
      >
        {icon}
      </button>
    </Tooltip>
  );
}
