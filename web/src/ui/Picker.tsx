import { clsx } from "clsx";
import { ChevronsUpDown } from "lucide-react";
import { Popover } from "radix-ui";
import { useId, useState } from "react";
import { Chip } from "./Chip";
import { labelId } from "./Field";
import { PickerList } from "./PickerList";
import type { PickerOption } from "./pickerKeys";

interface Props {
  /** The field that labels it. */
  field: string;
  /** What it chooses: the name of the list. */
  label: string;
  options: readonly PickerOption[];
  value: string;
  onChange: (value: string) => void;
  /** The id of the element that explains why nothing can be chosen now. */
  blockedBy?: string | undefined;
  /** The placeholder of the search box. */
  searchHint: string;
  /** The message when the search finds nothing. */
  noMatch: string;
}

/** Lists longer than this get a search box. */
const SEARCH_FROM = 9;

/** A choice from a list, with search where it is long and reasons where something can't be had. */
export function Picker(props: Props) {
  const { field, label, options, value, onChange, blockedBy, searchHint, noMatch } = props;
  const [open, setOpen] = useState(false);
  const valueId = useId();
  const chosen = options.find((option) => option.value === value);
  return (
    <Popover.Root open={open} onOpenChange={(next) => setOpen(next && blockedBy === undefined)}>
      <Popover.Trigger
        aria-labelledby={`${labelId(field)} ${valueId}`}
        aria-describedby={blockedBy}
        aria-disabled={blockedBy === undefined ? undefined : true}
        className={clsx(
          "flex h-control w-full min-w-0 items-center gap-2 rounded-control border border-line-strong",
          "bg-surface-2 px-2.5 text-ui text-text transition-colors duration-120 hover:bg-surface-3",
          "aria-disabled:cursor-not-allowed aria-disabled:text-text-3 aria-disabled:hover:bg-surface-2",
        )}
      >
        <span id={valueId} className="min-w-0 flex-1 truncate text-start">
          {chosen?.label ?? value}
        </span>
        {chosen?.chip !== undefined && <Chip>{chosen.chip}</Chip>}
        <ChevronsUpDown aria-hidden size={16} strokeWidth={1.75} className="shrink-0 text-text-2" />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          aria-label={label}
          align="start"
          sideOffset={6}
          collisionPadding={8}
          className={clsx(
            "z-20 flex max-h-[min(22rem,var(--radix-popover-content-available-height))] flex-col",
            "w-[max(var(--radix-popover-trigger-width),20rem)] max-w-[calc(100vw-16px)]",
            "overflow-hidden rounded-card border border-line bg-surface-2 shadow-popover",
            "animate-[appear_180ms_var(--ease-calm)]",
          )}
        >
          <PickerList
            label={label}
            options={options}
            value={value}
            searchHint={options.length >= SEARCH_FROM ? searchHint : undefined}
            noMatch={noMatch}
            onPick={(next) => {
              onChange(next);
              setOpen(false);
            }}
          />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
