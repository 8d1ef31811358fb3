import { AArrowDown, AArrowUp, Download, Trash2, Volume2, VolumeX } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { languageName } from "../i18n/languages";
import { icon } from "../ui/icons";
import { IconButton } from "../ui/IconButton";
import { Menu } from "../ui/Menu";
import { save } from "../ui/save";
import type { Caption } from "./captions";
import { EXPORT_FORMATS, exported, type ExportFormat, type Side } from "./exportCaptions";
import type { Languages } from "./link";
import { live } from "./live";
import { AUTO } from "./pairs";
import { SIZES } from "./sizes";

interface Props {
  rows: readonly Caption[];
  pair: Languages;
  size: number;
  onSize: (size: number) => void;
  onClear: () => void;
}

const SIDES = ["translation", "source"] as const satisfies readonly Side[];

/** What can be done with all captions. */
export function CaptionTools({ rows, pair, size, onSize, onClear }: Props) {
  const { t } = useTranslation();
  const [aloud, setAloud] = useState(true);
  const blocked = rows.some((row) => row.state === "done") ? undefined : t("live.export.blocked");
  const tag = { translation: pair.to, source: pair.from };
  const items = SIDES.flatMap((side) =>
    EXPORT_FORMATS.map((format) => ({
      value: `${format} ${side}`,
      label: format.toUpperCase(),
      hint: tag[side] === AUTO ? t("live.asSpoken") : languageName(tag[side]),
    })),
  );

  function download(value: string): void {
    const [format, side] = value.split(" ") as [ExportFormat, Side];
    const file = new Blob([exported(rows, format, side)], { type: "text/plain;charset=utf-8" });
    save(file, `mynah-${tag[side]}.${format}`);
  }

  const trigger = (
    <IconButton label={t("live.export.label")} blocked={blocked} icon={<Download {...icon} />} />
  );
  return (
    <div className="flex items-center">
      <IconButton
        label={aloud ? t("live.sound.on") : t("live.sound.off")}
        aria-pressed={aloud}
        icon={aloud ? <Volume2 {...icon} /> : <VolumeX {...icon} />}
        onClick={() => {
          live.voice.setAloud(!aloud);
          setAloud(!aloud);
        }}
      />
      <IconButton
        label={t("live.size.smaller")}
        disabled={size === 0}
        icon={<AArrowDown {...icon} />}
        onClick={() => onSize(size - 1)}
      />
      <IconButton
        label={t("live.size.larger")}
        disabled={size === SIZES.length - 1}
        icon={<AArrowUp {...icon} />}
        onClick={() => onSize(size + 1)}
      />
      <IconButton
        label={t("live.captions.clear")}
        blocked={blocked}
        icon={<Trash2 {...icon} />}
        onClick={onClear}
      />
      {blocked === undefined ? (
        <Menu label={t("live.export.menu")} trigger={trigger} items={items} onPick={download} />
      ) : (
        trigger
      )}
    </div>
  );
}
