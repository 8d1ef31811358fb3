import { useTranslation } from "react-i18next";
import { Button } from "../ui/Button";
import { Menu } from "../ui/Menu";
import { player } from "./player";
import { RATES } from "./rates";
import { usePlayer } from "./usePlayer";

/** How fast sounds play here, with their pitch kept; not the speed at which they were spoken. */
export function RateButton({ blocked }: { blocked: string | undefined }) {
  const { t } = useTranslation();
  const { rate } = usePlayer();
  const label = t("player.rate", { rate: `${rate}×` });
  const face = (
    <Button
      look="quiet"
      blocked={blocked}
      aria-label={blocked === undefined ? label : `${label}. ${blocked}`}
      title={blocked}
      className="px-2 font-mono text-dense"
    >
      {`${rate}×`}
    </Button>
  );
  if (blocked !== undefined) return face;
  return (
    <Menu
      label={label}
      trigger={face}
      chosen={String(rate)}
      items={RATES.map((value) => ({ value: String(value), label: `${value}×` }))}
      onPick={(value) => player.setRate(Number(value))}
    />
  );
}
