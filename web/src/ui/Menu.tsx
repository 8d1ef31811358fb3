import { Check } from "lucide-react";
import { DropdownMenu as Radix } from "radix-ui";
import type { ReactNode } from "react";

const CONTENT =
  "z-20 min-w-44 max-w-[calc(100vw-16px)] rounded-card border border-line bg-surface-2 p-1 shadow-popover animate-[appear_180ms_var(--ease-calm)]";
const ITEM =
  "flex h-control items-center gap-2 rounded-control px-2 text-ui text-text outline-none select-none data-[highlighted]:bg-surface-3";

export interface MenuItem {
  value: string;
  label: string;
  hint?: string;
  icon?: ReactNode;
}

interface Props {
  /** The button that opens it. */
  trigger: ReactNode;
  label: string;
  items: readonly MenuItem[];
  onPick: (value: string) => void;
  /** Which one is chosen, in a menu that is a choice. */
  chosen?: string;
}

/** A menu of acts, or of choices that exclude each other. */
export function Menu({ trigger, label, items, onPick, chosen }: Props) {
  const rows = items.map((item) => {
    const face = (
      <>
        {item.icon}
        <span className="flex-1">{item.label}</span>
        {item.hint !== undefined && <span className="text-dense text-text-2">{item.hint}</span>}
        {chosen === item.value && <Check aria-hidden size={16} strokeWidth={1.75} />}
      </>
    );
    return chosen === undefined ? (
      <Radix.Item key={item.value} className={ITEM} onSelect={() => onPick(item.value)}>
        {face}
      </Radix.Item>
    ) : (
      <Radix.RadioItem key={item.value} value={item.value} className={ITEM}>
        {face}
      </Radix.RadioItem>
    );
  });
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          aria-label={label}
          sideOffset={6}
          collisionPadding={8}
          align="end"
          className={CONTENT}
        >
          {chosen === undefined ? (
            rows
          ) : (
            <Radix.RadioGroup value={chosen} onValueChange={onPick}>
              {rows}
            </Radix.RadioGroup>
          )}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
