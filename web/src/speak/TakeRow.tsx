import { RotateCcw } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Failure } from "../api/failure";
import { PlayButton } from "../audio/PlayButton";
import { SeekBar } from "../audio/SeekBar";
import { clock } from "../audio/time";
import { Chip } from "../ui/Chip";
import { ErrorNote } from "../ui/ErrorNote";
import { icon } from "../ui/icons";
import { IconButton } from "../ui/IconButton";
import { DownloadMenu } from "./DownloadMenu";
import type { Take } from "./takes";

interface Props {
  take: Take;
  demo: boolean;
  voiceName: string | undefined;
  onReuse: () => void;
}

/** An earlier take in one row. */
export function TakeRow({ take, demo, voiceName, onReuse }: Props) {
  const { t } = useTranslation();
  const [failure, setFailure] = useState<Failure>();
  return (
    <li className="flex flex-col gap-2 border-t border-line px-3 py-2.5 first:border-t-0">
      <div className="grid grid-cols-[auto_minmax(0,1fr)_auto] items-center gap-x-3 gap-y-2 sm:grid-cols-[auto_minmax(0,1fr)_10rem_auto_auto]">
        <PlayButton sound={take.sound} look="outlined" />
        <div className="min-w-0">
          <p dir="auto" className="truncate text-ui">
            {take.body.input}
          </p>
          <p className="mt-0.5 flex items-center gap-2 text-dense text-text-3">
            <span className="truncate">{voiceName}</span>
            {demo && <Chip>{t("common.demo")}</Chip>}
          </p>
        </div>
        <SeekBar
          sound={take.sound}
          className="order-last col-span-2 h-8 sm:order-none sm:col-span-1"
        />
        <time className="font-mono text-dense tabular text-text-2">{clock(take.sound.duration, true)}</time>
        <div className="order-last flex justify-end sm:order-none">
          <IconButton
            label={t("speak.history.again")}
            icon={<RotateCcw {...icon} />}
            onClick={onReuse}
          />
          <DownloadMenu take={take} onFailure={setFailure} />
        </div>
      </div>
      {failure && <ErrorNote failure={failure} />}
    </li>
  );
}
