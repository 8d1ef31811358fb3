import { clsx } from "clsx";
import { LoaderCircle, Mic, Square } from "lucide-react";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Phase } from "./live";
import { SpacePress } from "./pressKeys";

interface Props {
  phase: Phase;
  /** Why it can't listen. */
  blocked: string | undefined;
  onStart: () => void;
  onStop: () => void;
}

const FACES: Record<Phase, { Icon: typeof Mic; look: string }> = {
  idle: { Icon: Mic, look: "bg-accent text-on-accent border-accent hover:brightness-110" },
  asking: { Icon: Mic, look: "bg-surface-2 text-text-2 border-line-strong" },
  connecting: { Icon: LoaderCircle, look: "bg-surface-2 text-text-2 border-line-strong" },
  listening: { Icon: Square, look: "bg-surface-1 text-accent border-accent hover:bg-surface-2" },
  working: { Icon: LoaderCircle, look: "bg-surface-2 text-text-2 border-line-strong" },
};

/** The one large button: press to listen, press to finish; or hold Space while you speak. */
export function MicButton({ phase, blocked, onStart, onStop }: Props) {
  const { t } = useTranslation();
  const space = useRef(new SpacePress());
  const { Icon, look } = FACES[phase];
  const idle = phase === "idle";
  const names = { idle: t("live.start"), working: t("live.working") };
  const name = phase === "idle" || phase === "working" ? names[phase] : t("live.stop");

  function act(what: "start" | "stop" | undefined): void {
    if (blocked !== undefined) return;
    if (what === "start") onStart();
    else if (what === "stop") onStop();
  }

  return (
    <button
      type="button"
      aria-label={name}
      aria-describedby="microphone-hint"
      aria-disabled={blocked === undefined ? undefined : true}
      onClick={() => act(idle ? "start" : "stop")}
      onKeyDown={(event) => {
        if (event.key !== " ") return;
        event.preventDefault();
        if (!event.repeat) act(space.current.down(performance.now(), idle));
      }}
      onKeyUp={(event) => {
        if (event.key !== " ") return;
        event.preventDefault();
        act(space.current.up(performance.now()));
      }}
      className={clsx(
        "flex size-24 items-center justify-center rounded-chip border-2 transition duration-180 ease-calm",
        "aria-disabled:cursor-not-allowed aria-disabled:border-line-strong aria-disabled:bg-surface-2 aria-disabled:text-text-3",
        look,
      )}
    >
      <Icon
        aria-hidden
        size={36}
        strokeWidth={1.75}
        className={clsx(
          (phase === "working" || phase === "connecting") && "animate-spin",
          phase === "listening" && "fill-current",
        )}
      />
    </button>
  );
}
