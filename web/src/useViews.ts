import { useEffect, useState } from "react";

export const VIEWS = ["speak", "live"] as const;
export type View = (typeof VIEWS)[number];

interface Views {
  /** The open one. */
  view: View;
  /** Those that were open once; they stay, so that nothing in them is lost. */
  seen: ReadonlySet<View>;
}

function fromAddress(): View {
  const requested = new URLSearchParams(location.search).get("view");
  return VIEWS.find((view) => view === requested) ?? "speak";
}

/** Marks a view as seen. The open view is in the address, so that it can be shared and the browser goes back from it. */
function seeing(views: Views, view: View): Views {
  return { view, seen: new Set([...views.seen, view]) };
}

export function useViews(): Views & { enter: (view: View) => void } {
  const [views, setViews] = useState<Views>(() => {
    const view = fromAddress();
    return { view, seen: new Set([view]) };
  });

  useEffect(() => {
    const back = () => setViews((old) => seeing(old, fromAddress()));
    addEventListener("popstate", back);
    return () => removeEventListener("popstate", back);
  }, []);
  const enter = (view: View) => {
    const address = new URL(location.href);
    if (view === "speak") address.searchParams.delete("view");
    else address.searchParams.set("view", view);
    history.pushState(null, "", address);
    setViews((old) => seeing(old, view));
  };
  return { ...views, enter };
}
