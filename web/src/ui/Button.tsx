import { clsx } from "clsx";
import type { ComponentProps, ReactNode } from "react";

type Look = "primary" | "plain" | "quiet";

const LOOKS: Record<Look, string> = {
  primary: "bg-accent text-on-accent border-accent hover:brightness-110 active:brightness-95",
  plain: "bg-surface-2 text-text border-line-strong hover:bg-surface-3",
  quiet: "bg-transparent text-text-2 border-transparent hover:bg-surface-2 hover:text-text",
};

interface Props extends ComponentProps<"button"> {
  look?: Look;
  icon?: ReactNode;
  /** Why it can't be pressed. For screen readers; show it beside the button as well. */
  blocked?: string | undefined;
}

/** A verb and its object. One primary in a view. */
export function Button({ look = "plain", icon, blocked, className, children, onClick, ...rest }: Props) {
  return (
    <button
      type="button"
      aria-disabled={blocked === undefined ? undefined : true}
      onClick={blocked === undefined ? onClick : undefined}
      className={clsx(
        "inline-flex h-control shrink-0 items-center justify-center gap-2 rounded-control border px-3",
        "text-ui font-medium whitespace-nowrap transition duration-120 ease-calm",
        "aria-disabled:cursor-not-allowed aria-disabled:text-text-3 aria-disabled:hover:brightness-100",
        look !== "quiet" && "aria-disabled:border-line aria-disabled:bg-surface-2",
        LOOKS[look],
        className,
      )}
      {...rest}
    >
      {icon}
      {children}
    </button>
  );
}
