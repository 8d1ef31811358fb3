import { useTranslation } from "react-i18next";
import type { Catalogue } from "../api/catalogue";
import type { Failure } from "../api/failure";
import { Field, labelId } from "../ui/Field";
import { Picker } from "../ui/Picker";
import { Slider } from "../ui/Slider";
import { chosen, SPEEDS, type Choices } from "./choices";
import { engineOptions, languageOptions, styleOptions, voiceOptions } from "./options";
import { PreviewButton } from "./PreviewButton";

interface Props {
  catalogue: Catalogue;
  choices: Choices;
  onChange: (choices: Choices) => void;
  onFailure: (failure: Failure | undefined) => void;
}

/** Engine, language, voice, style and speed; each shows what it can't do and which engine can. */
export function Options({ catalogue, choices, onChange, onFailure }: Props) {
  const { t, i18n } = useTranslation();
  const change = (part: Partial<Choices>) => onChange(chosen(catalogue, choices, part));
  const words = { searchHint: t("picker.search"), noMatch: t("picker.noMatch") };
  const speed = Math.max(0, SPEEDS.findIndex((factor) => factor === choices.speed));
  return (
    <div className="grid grid-cols-1 gap-4 sm:grid-cols-2">
      <Field id="language" label={t("speak.language.label")}>
        <Picker
          field="language"
          label={t("speak.language.label")}
          options={languageOptions(t, catalogue, choices)}
          value={choices.language}
          onChange={(language) => change({ language })}
          {...words}
        />
      </Field>
      <Field id="engine" label={t("speak.engine.label")}>
        <Picker
          field="engine"
          label={t("speak.engine.label")}
          options={engineOptions(t, catalogue, choices)}
          value={choices.engine}
          onChange={(engine) => change({ engine })}
          {...words}
        />
      </Field>
      <Field id="voice" label={t("speak.voice.label")}>
        <div className="flex gap-2">
          <div className="min-w-0 flex-1">
            <Picker
              field="voice"
              label={t("speak.voice.label")}
              options={voiceOptions(t, catalogue, choices)}
              value={choices.voice}
              onChange={(voice) => change({ voice })}
              {...words}
            />
          </div>
          <PreviewButton
            voice={catalogue.voices.find((voice) => voice.id === choices.voice)}
            language={choices.language}
            onFailure={onFailure}
          />
        </div>
      </Field>
      <Field id="style" label={t("speak.style.label")}>
        <Picker
          field="style"
          label={t("speak.style.label")}
          options={styleOptions(t, catalogue, i18n.language)}
          value={choices.style}
          onChange={(style) => change({ style })}
          {...words}
        />
      </Field>
      <Field id="speed" label={t("speak.speed.label")} className="sm:col-span-2">
        <div className="flex items-center gap-3">
          <Slider
            labelledBy={labelId("speed")}
            valueText={t("speak.speed.value", { factor: choices.speed })}
            value={speed}
            max={SPEEDS.length - 1}
            onChange={(at) => change({ speed: SPEEDS[at] ?? 1 })}
          />
          <output className="w-12 shrink-0 text-end font-mono text-dense tabular text-text-2">
            {`${choices.speed}×`}
          </output>
        </div>
      </Field>
    </div>
  );
}
