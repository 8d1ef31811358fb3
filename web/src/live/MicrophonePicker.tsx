import { useTranslation } from "react-i18next";
import { Field } from "../ui/Field";
import { Picker } from "../ui/Picker";
import { useMicrophones } from "./useMicrophones";

interface Props {
  value: string;
  onChange: (deviceId: string) => void;
}

/** Which microphone listens. Shown only where there is a choice. */
export function MicrophonePicker({ value, onChange }: Props) {
  const { t } = useTranslation();
  const devices = useMicrophones(value);
  if (devices.length < 2) return null;
  const options = [
    { value: "", label: t("live.microphone.standard") },
    ...devices.map((device, at) => ({
      value: device.deviceId,
      label: device.label || t("live.microphone.unnamed", { number: at + 1 }),
    })),
  ];
  return (
    <Field id="microphone" label={t("live.microphone.label")} className="w-full max-w-80">
      <Picker
        field="microphone"
        label={t("live.microphone.label")}
        options={options}
        value={value}
        onChange={onChange}
        searchHint={t("picker.search")}
        noMatch={t("picker.noMatch")}
      />
    </Field>
  );
}
