import { Tabs as Radix } from "radix-ui";
import type { ReactNode } from "react";

export interface Tab {
  id: string;
  label: string;
  icon: ReactNode;
  content: ReactNode;
}

interface Props {
  label: string;
  tabs: readonly Tab[];
  value: string;
  onChange: (id: string) => void;
}

/** Views side by side. All stay mounted, so that a change of view loses no text and no audio. */
export function Tabs({ label, tabs, value, onChange }: Props) {
  return (
    <Radix.Root value={value} onValueChange={onChange} className="flex flex-col gap-6">
      <Radix.List
        aria-label={label}
        className="inline-flex gap-1 self-center rounded-card border border-line bg-surface-1 p-1"
      >
        {tabs.map((tab) => (
          <Radix.Trigger
            key={tab.id}
            value={tab.id}
            className="inline-flex h-control items-center gap-2 rounded-control px-4 text-ui font-medium text-text-2 transition-colors duration-120 hover:text-text data-[state=active]:bg-surface-3 data-[state=active]:text-text"
          >
            {tab.icon}
            {tab.label}
          </Radix.Trigger>
        ))}
      </Radix.List>
      {tabs.map((tab) => (
        <Radix.Content
          key={tab.id}
          value={tab.id}
          forceMount
          tabIndex={-1}
          className="outline-none data-[state=inactive]:hidden"
        >
          {tab.content}
        </Radix.Content>
      ))}
    </Radix.Root>
  );
}
