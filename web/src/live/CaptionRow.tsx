import { clsx } from "clsx";
import { useTranslation } from "react-i18next";
import { PlayButton } from "../audio/PlayButton";
import type { Sound } from "../audio/sound";
import { clock, wait } from "../audio/time";
import { CopyButton } from "../ui/CopyButton";
import { Notice } from "../ui/Notice";
import type { Caption } from "./captions";
import { engineNames } from "./engineNames";
import { AUTO } from "./pairs";

interface Props {
  row: Caption;
  from: string;
  to: string;
  sound: Sound | undefined;
  /** The class that sets the size of the text. */
  size: string;
}

/** One sentence: spoken on one side, translated on the other, facts below. */
export function CaptionRow({ row, from, to, sound, size }: Props) {
  const { t } = useTranslation();
  const engines = row.engines && engineNames(row.engines);
  const latency = row.timings?.first_audio_ms ?? row.timings?.total_ms;
  return (
    <li className="grid gap-x-8 gap-y-1 border-t border-line py-3 first:border-t-0 sm:grid-cols-2">
      <p lang={from === AUTO ? undefined : from} dir="auto" className={clsx(size, row.source === "" ? "text-text-2" : "text-text")}>
        {row.source.trim() || row.preview}
      </p>
      <p lang={to} dir="auto" className={clsx(
          size,
          "text-text empty:hidden max-sm:border-s-2 max-sm:border-accent max-sm:ps-3 sm:empty:block",
        )}>
        {row.translation.trim()}
      </p>
      {row.state === "failed" && row.problem && (
        <Notice kind="warn" className="sm:col-span-2">
          <p>{t("live.captions.failed")}</p>
          <p className="mt-1 text-text-2">{row.problem.message}</p>
          <p className="mt-1 font-mono text-micro text-text-3">{row.problem.code}</p>
        </Notice>
      )}
      {row.state === "done" && (
        <div className="flex items-center gap-2 font-mono text-micro text-text-3 sm:col-span-2">
          {row.startMs !== undefined && (
            <time aria-label={t("live.captions.at", { time: clock(row.startMs / 1_000) })}>
              {clock(row.startMs / 1_000, true)}
            </time>
          )}
          {latency !== undefined && <span>{t("live.captions.latency", { wait: wait(latency) })}</span>}
          {engines && <span className="min-w-0 truncate max-sm:hidden">{engines}</span>}
          <span className="ms-auto flex items-center">
            {sound && sound.samples > 0 && (
              <PlayButton sound={sound} label={t("live.captions.play")} look="quiet" dense />
            )}
            <CopyButton
              label={t("live.captions.copy")}
              text={`${row.source.trim()}\n${row.translation.trim()}`}
            />
          </span>
        </div>
      )}
    </li>
  );
}
