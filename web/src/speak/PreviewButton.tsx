import { LoaderCircle, Play, Square } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Voice } from "../api/client";
import { Failure } from "../api/failure";
import { speak } from "../api/speech";
import { player } from "../audio/player";
import { Sound } from "../audio/sound";
import { usePlayer } from "../audio/usePlayer";
import { icon } from "../ui/icons";
import { IconButton } from "../ui/IconButton";
import { introduction } from "./options";
import { sampleFor } from "./samples";

interface Props {
  voice: Voice | undefined;
  language: string;
  onFailure: (failure: Failure | undefined) => void;
}

/** Lets a voice introduce itself. */
export function PreviewButton({ voice, language, onFailure }: Props) {
  const { t } = useTranslation();
  const [sound, setSound] = useState<Sound>();
  const abort = useRef<AbortController>(undefined);
  const { sound: current, state } = usePlayer();
  const active = sound !== undefined && current === sound && state !== "idle";
  useEffect(() => () => abort.current?.abort(), []);

  function stop(): void {
    abort.current?.abort();
    player.stop();
  }

  async function start(chosen: Voice): Promise<void> {
    abort.current?.abort();
    const leaving = new AbortController();
    abort.current = leaving;
    const own = new Sound();
    setSound(own);
    onFailure(undefined);
    player.play(own, 0);
    const spoken = introduction(chosen, language);
    const body = {
      input: sampleFor(spoken),
      model: chosen.engine,
      voice: chosen.id,
      language: spoken,
    };
    try {
      const answer = await speak(body, leaving.signal);
      for await (const samples of answer.sound) own.push(samples);
      own.finish("complete");
    } catch (thrown) {
      own.finish("cut");
      if (player.snapshot().sound === own) player.stop();
      if (!leaving.signal.aborted) onFailure(Failure.fromThrown(thrown));
    }
  }

  if (!voice) {
    const blocked = t("speak.voice.previewBlocked");
    const label = t("player.play");
    return <IconButton look="outlined" label={label} blocked={blocked} icon={<Play {...icon} />} />;
  }
  const Icon = !active ? Play : state === "buffering" ? LoaderCircle : Square;
  return (
    <IconButton
      look="outlined"
      label={active ? t("speak.voice.stopPreview") : t("speak.voice.preview", { voice: voice.name })}
      icon={<Icon {...icon} />}
      onClick={() => (active ? stop() : void start(voice))}
    />
  );
}
