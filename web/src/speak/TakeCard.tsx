import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Failure } from "../api/failure";
import { PlayerBar } from "../audio/PlayerBar";
import { wait } from "../audio/time";
import { useSound } from "../audio/usePlayer";
import { Chip } from "../ui/Chip";
import { ErrorNote } from "../ui/ErrorNote";
import { Notice } from "../ui/Notice";
import { Skeleton } from "../ui/Skeleton";
import { DownloadMenu } from "./DownloadMenu";
import type { Take } from "./takes";

interface Props {
  take: Take;
  /** Whether a demo engine spoke. */
  demo: boolean;
  voiceName: string | undefined;
  /** A style in words. */
  styleName: (style: string) => string;
  /** What can be done about a cut. */
  retry: ReactNode;
}

/** The newest take, with its player. */
export function TakeCard({ take, demo, voiceName, styleName, retry }: Props) {
  const { t } = useTranslation();
  const { gaps } = useSound(take.sound);
  const [failure, setFailure] = useState<Failure>();
  const facts = (
    <>
      {take.firstAudioMs !== undefined && (
        <span>{t("speak.result.firstAudio", { wait: wait(take.firstAudioMs) })}</span>
      )}
      {gaps.length > 0 && (
        <span className="text-warn">{t("speak.result.underruns", { count: gaps.length })}</span>
      )}
    </>
  );
  return (
    <div className="flex flex-col gap-3 rounded-card border border-line bg-surface-1 p-4">
      <div className="flex min-w-0 items-center gap-2 text-dense text-text-2">
        {voiceName === undefined ? (
          <Skeleton className="h-4 w-32" />
        ) : (
          <>
            <span className="sr-only">{t("speak.result.by")}</span>
            <span className="min-w-0 truncate">{voiceName}</span>
          </>
        )}
        {demo && <Chip>{t("common.demo")}</Chip>}
      </div>
      {take.state === "waiting" ? (
        <div className="flex h-16 items-center">
          <span role="status" className="sr-only">
            {t("speak.result.pending")}
          </span>
          <Skeleton className="h-12 w-full" />
        </div>
      ) : (
        <PlayerBar
          sound={take.sound}
          facts={facts}
          acts={<DownloadMenu take={take} onFailure={setFailure} />}
        />
      )}
      {take.style && (
        <p className="text-dense text-text-2">
          {t(`speak.result.style.${take.style.by}`, { style: styleName(take.style.spoken) })}
          {take.style.asked !== undefined &&
            ` ${t("speak.result.style.nearest", { asked: styleName(take.style.asked) })}`}
        </p>
      )}
      {take.ignored.length > 0 && (
        <p className="text-dense text-text-2">
          {t("speak.result.ignored", { fields: take.ignored.join(", ") })}
        </p>
      )}
      {take.state === "stopped" && <Notice kind="info">{t("speak.result.stopped")}</Notice>}
      {take.failure && <ErrorNote failure={take.failure}>{retry}</ErrorNote>}
      {failure && <ErrorNote failure={failure} />}
    </div>
  );
}
