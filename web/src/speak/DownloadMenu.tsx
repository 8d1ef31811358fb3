import { Download } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { AudioFormat } from "../api/client";
import { Failure } from "../api/failure";
import { speechFile } from "../api/speech";
import { save } from "../ui/save";
import { IconButton } from "../ui/IconButton";
import { icon } from "../ui/icons";
import { Menu } from "../ui/Menu";
import type { Take } from "./takes";

const FORMATS = ["mp3", "opus", "aac", "flac", "wav", "pcm"] as const satisfies readonly AudioFormat[];


function fileName(take: Take, format: AudioFormat): string {
  const words = take.body.input.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return `mynah-${words.slice(0, 5).join("-").slice(0, 40) || "speech"}.${format}`;
}

interface Props {
  take: Take;
  onFailure: (failure: Failure | undefined) => void;
}

/** Requests the same speech as a file. */
export function DownloadMenu({ take, onFailure }: Props) {
  const { t } = useTranslation();
  const [pending, setPending] = useState(false);
  const complete = take.state === "complete";

  async function fetchFile(format: AudioFormat): Promise<void> {
    setPending(true);
    onFailure(undefined);
    try {
      const body = take.voice === undefined ? take.body : { ...take.body, voice: take.voice };
      save(await speechFile(body, format), fileName(take, format));
    } catch (thrown) {
      onFailure(Failure.fromThrown(thrown));
    } finally {
      setPending(false);
    }
  }

  const waiting = pending ? t("speak.download.pending") : undefined;
  const blocked = complete ? waiting : t("speak.download.blocked");
  const trigger = (
    <IconButton label={t("speak.download.label")} blocked={blocked} icon={<Download {...icon} />} />
  );
  if (blocked !== undefined) return trigger;
  return (
    <Menu
      label={t("speak.download.menu")}
      trigger={trigger}
      items={FORMATS.map((format) => ({
        value: format,
        label: format.toUpperCase(),
        hint: t(`speak.download.${format}`),
      }))}
      onPick={(format) => void fetchFile(format as AudioFormat)}
    />
  );
}
