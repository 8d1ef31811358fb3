import { clsx } from "clsx";
import { Repeat } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "../ui/IconButton";
import { Notice } from "../ui/Notice";
import { PlayButton } from "./PlayButton";
import { player } from "./player";
import { RateButton } from "./RateButton";
import { SeekBar } from "./SeekBar";
import type { Sound } from "./sound";
import { clock } from "./time";
import { usePlayer, usePosition, useSound } from "./usePlayer";

interface Props {
  sound: Sound;
  /** Small facts beside the time. */
  facts?: ReactNode;
  /** Acts at the end of the row. */
  acts?: ReactNode;
}

/** The player of one sound: wave, time, rate, repeat. */
export function PlayerBar({ sound, facts, acts }: Props) {
  const { t } = useTranslation();
  useSound(sound);
  const at = usePosition(sound);
  const { loop, failed, sound: current } = usePlayer();
  const arriving = sound.state === "arriving";
  const total = arriving ? undefined : clock(sound.duration, true);
  return (
    <div className="flex flex-col gap-3">
      <div className="flex items-center gap-3">
        <PlayButton sound={sound} />
        <SeekBar sound={sound} className="h-16 min-w-0 flex-1" />
      </div>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <span className="font-mono text-dense tabular text-text-2">
          <time>{clock(at, true)}</time>
          {total !== undefined && <span className="text-text-3">{` / ${total}`}</span>}
        </span>
        <span className="flex min-w-0 flex-wrap gap-x-3 font-mono text-micro text-text-3">{facts}</span>
        <span className="ms-auto flex items-center gap-1">
          <RateButton blocked={arriving ? t("player.rateBlocked") : undefined} />
          <IconButton
            label={t("player.loop")}
            aria-pressed={loop}
            icon={<Repeat aria-hidden size={16} strokeWidth={1.75} />}
            className={clsx(loop && "bg-surface-3 text-accent")}
            onClick={() => player.setLoop(!loop)}
          />
          {acts}
        </span>
      </div>
      {failed && current === sound && (
        <Notice kind="warn" live="status">
          {t("player.failed")}
        </Notice>
      )}
    </div>
  );
}
