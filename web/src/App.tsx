import { AudioLines, Mic } from "lucide-react";
import { Direction } from "radix-ui";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { RETRY_SECONDS, useCatalogue, type CatalogueState } from "./api/useCatalogue";
import { ModelsNotice } from "./models/ModelsNotice";
import { SpeakView } from "./speak/SpeakView";
import { ThemeMenu } from "./theme/ThemeMenu";
import { Button } from "./ui/Button";
import { ErrorNote } from "./ui/ErrorNote";
import { icon } from "./ui/icons";
import { KeyForm } from "./ui/KeyForm";
import { Mark } from "./ui/Mark";
import { Notice } from "./ui/Notice";
import { Skeleton } from "./ui/Skeleton";
import { Tabs } from "./ui/Tabs";
import { TooltipProvider } from "./ui/Tooltip";
import { VIEWS, useViews } from "./useViews";

const LiveView = lazy(() => import("./live/LiveView"));

function Away({ failure, retry }: CatalogueState) {
  const { t } = useTranslation();
  if (!failure) return null;
  if (failure.code === "unreachable") {
    return (
      <Notice kind="warn" live="status">
        {t("app.away", { seconds: RETRY_SECONDS })}
      </Notice>
    );
  }
  return (
    <ErrorNote failure={failure}>
      {failure.status === 401 ? (
        <KeyForm onSaved={retry} />
      ) : (
        <Button onClick={retry}>{t("app.retry")}</Button>
      )}
    </ErrorNote>
  );
}

export function App() {
  const { t } = useTranslation();
  const state = useCatalogue();
  const { catalogue } = state;
  const { view, seen, enter } = useViews();
  const waiting = <Skeleton className="h-64 w-full" />;
  const tabs = [
    {
      id: "speak",
      label: t("app.speak"),
      icon: <AudioLines {...icon} />,
      content: <SpeakView catalogue={catalogue} />,
    },
    {
      id: "live",
      label: t("app.live"),
      icon: <Mic {...icon} />,
      content: (
        <Suspense fallback={waiting}>
          {catalogue && seen.has("live") ? (
            <LiveView catalogue={catalogue} open={view === "live"} />
          ) : (
            waiting
          )}
        </Suspense>
      ),
    },
  ];
  return (
    <Direction.Provider dir={document.documentElement.dir === "rtl" ? "rtl" : "ltr"}>
      <TooltipProvider>
        <header className="mx-auto flex max-w-[720px] items-center gap-2 px-4 pt-4">
          <Mark />
          <h1 className="text-read font-semibold">Mynah</h1>
          <span className="ms-auto">
            <ThemeMenu />
          </span>
        </header>
        <main className="mx-auto flex max-w-[720px] flex-col gap-4 px-4 pt-4 pb-16">
          <Away {...state} />
          {catalogue && <ModelsNotice onInstalled={state.retry} />}
          <Tabs
            label={t("app.views")}
            tabs={tabs}
            value={view}
            onChange={(id) => enter(VIEWS.find((known) => known === id) ?? "speak")}
          />
        </main>
      </TooltipProvider>
    </Direction.Provider>
  );
}
