import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Catalogue } from "../api/catalogue";
import type { Failure } from "../api/failure";
import { ErrorNote } from "../ui/ErrorNote";
import { KeyForm } from "../ui/KeyForm";
import { START, requestFor } from "./choices";
import { Composer } from "./Composer";
import { Options } from "./Options";
import { OptionsSkeleton } from "./OptionsSkeleton";
import { Results } from "./Results";
import { takes } from "./takes";
import { useTakes } from "./useTakes";

/** Text in, sound out. */
export function SpeakView({ catalogue }: { catalogue: Catalogue | undefined }) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [choices, setChoices] = useState(START);
  const [previewFailure, setPreviewFailure] = useState<Failure>();
  const { takes: all, failure } = useTakes();
  const newest = all[0]?.state;
  const busy = newest === "waiting" || newest === "arriving";

  const silent = catalogue?.voices.length === 0 ? t("speak.blocked.noVoice") : undefined;
  const empty = text.trim() === "" ? t("speak.blocked.empty") : undefined;
  const blocked = catalogue ? (silent ?? empty) : t("speak.blocked.loading");

  function speak(input: string): void {
    if (!catalogue) return;
    setPreviewFailure(undefined);
    void takes.speak(requestFor(choices, input));
  }

  return (
    <div className="flex flex-col gap-5">
      <Composer
        text={text}
        onText={setText}
        busy={busy}
        blocked={blocked}
        onSpeak={() => speak(text)}
        onStop={() => takes.stop()}
      />
      {catalogue ? (
        <Options
          catalogue={catalogue}
          choices={choices}
          onChange={setChoices}
          onFailure={setPreviewFailure}
        />
      ) : (
        <OptionsSkeleton />
      )}
      {failure && (
        <ErrorNote failure={failure}>
          {failure.status === 401 && <KeyForm onSaved={() => speak(text)} />}
        </ErrorNote>
      )}
      {previewFailure && <ErrorNote failure={previewFailure} />}
      <Results
        catalogue={catalogue}
        onReuse={setText}
        onExample={
          silent === undefined && catalogue
            ? () => {
                setText(t("speak.example"));
                speak(t("speak.example"));
              }
            : undefined
        }
      />
    </div>
  );
}
