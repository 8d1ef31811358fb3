import { Pause, Play, Square } from "lucide-react";
import { useTranslation } from "react-i18next";
import { IconButton } from "../ui/IconButton";
import { player } from "./player";
import type { Sound } from "./sound";
import { useDeckState } from "./usePlayer";

interface Props {
  sound: Sound;
  /** Names for what it plays, where "Play" alone would be ambiguous. */
  label?: string;
  look?: "filled" | "quiet" | "outlined";
  dense?: boolean;
}

export function PlayButton({ sound, label, look = "filled", dense = false }: Props) {
  const { t } = useTranslation();
  const state = useDeckState(sound);
  const faces = {
    idle: { Icon: Play, name: label ?? t("player.play") },
    paused: { Icon: Play, name: label ?? t("player.play") },
    playing: { Icon: Pause, name: t("player.pause") },
    buffering: { Icon: Square, name: t("player.stop") },
  };
  const { Icon, name } = faces[state];
  return (
    <IconButton
      label={name}
      look={look}
      dense={dense}
      round
      icon={<Icon aria-hidden size={16} strokeWidth={1.75} className="fill-current" />}
      onClick={() => player.toggle(sound)}
    />
  );
}
