import { ArrowLeftRight } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Catalogue } from "../api/catalogue";
import { languageName } from "../i18n/languages";
import { missing } from "../speak/options";
import { Field } from "../ui/Field";
import { icon } from "../ui/icons";
import { IconButton } from "../ui/IconButton";
import { Picker } from "../ui/Picker";
import type { PickerOption } from "../ui/pickerKeys";
import type { Languages } from "./link";
import { absent, AUTO, canInterpret, spokenChoices, targets } from "./pairs";

interface Props {
  catalogue: Catalogue;
  pair: Languages;
  onChange: (pair: Languages) => void;
  /** Why nothing can be changed now. */
  blocked: string | undefined;
}

const REASON = "pair-reason";

function option(tag: string): PickerOption {
  return { value: tag, label: languageName(tag) };
}

/** What is spoken, what it becomes, and a swap. */
export function LanguagePair({ catalogue, pair, onChange, blocked }: Props) {
  const { t } = useTranslation();
  const { from, to } = pair;
  const words = { searchHint: t("picker.search"), noMatch: t("picker.noMatch") };
  const fixed = blocked === undefined ? undefined : REASON;
  const into = targets(catalogue, from);
  const lacking = absent(catalogue)
    .map((engine) => t("live.missing", { engine: engine.id, ...missing(engine) }))
    .join(" ");
  const swapBlocked =
    from === AUTO ? t("live.swapAuto") : t("live.swapBlocked", { from: languageName(to), to: languageName(from) });
  const swap = canInterpret(catalogue, to, from) ? undefined : swapBlocked;
  const choices = spokenChoices(catalogue).map((tag) =>
    tag === AUTO ? { value: tag, label: t("live.auto") } : option(tag),
  );

  function spoken(next: string): void {
    const all = targets(catalogue, next);
    onChange({ from: next, to: all.includes(to) ? to : (all.find((tag) => tag !== next) ?? next) });
  }

  return (
    <div className="w-full">
      <div className="grid grid-cols-[minmax(0,1fr)_auto_minmax(0,1fr)] items-end gap-2">
        <Field id="from" label={t("live.from")}>
          <Picker
            field="from"
            label={t("live.from")}
            options={choices}
            value={from}
            onChange={spoken}
            blockedBy={fixed}
            {...words}
          />
        </Field>
        <IconButton
          label={t("live.swap")}
          blocked={blocked ?? swap}
          icon={<ArrowLeftRight {...icon} />}
          onClick={() => onChange({ from: to, to: from })}
        />
        <Field id="to" label={t("live.to")}>
          <Picker
            field="to"
            label={t("live.to")}
            options={into.map(option)}
            value={to}
            onChange={(next) => onChange({ from, to: next })}
            blockedBy={fixed}
            {...words}
          />
        </Field>
      </div>
      {blocked !== undefined && (
        <p id={REASON} className="mt-2 text-center text-dense text-text-2">
          {blocked}
        </p>
      )}
      {lacking !== "" && <p className="mt-2 text-dense text-text-2">{lacking}</p>}
    </div>
  );
}
