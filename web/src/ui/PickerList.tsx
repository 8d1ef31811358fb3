import { clsx } from "clsx";
import { Check } from "lucide-react";
import { useEffect, useId, useRef, useState, type KeyboardEvent } from "react";
import { Chip } from "./Chip";
import { icon } from "./icons";
import { matching, moved, startingWith, type PickerOption } from "./pickerKeys";

interface Props {
  label: string;
  options: readonly PickerOption[];
  value: string;
  /** Undefined where the list is too short for a search box. */
  searchHint: string | undefined;
  noMatch: string;
  onPick: (value: string) => void;
}

/** The open list of a picker: a listbox that a search box or the list itself steers. */
export function PickerList({ label, options, value, searchHint, noMatch, onPick }: Props) {
  const [search, setSearch] = useState("");
  const found = matching(options, search);
  const [active, setActive] = useState(() =>
    Math.max(0, options.findIndex((option) => option.value === value)),
  );
  const at = Math.min(active, Math.max(0, found.length - 1));
  const id = useId();
  const row = useRef<HTMLLIElement>(null);
  useEffect(() => {
    row.current?.scrollIntoView({ block: "nearest" });
  }, [at, search]);

  function pick(option: PickerOption | undefined): void {
    if (option && option.blocked === undefined) onPick(option.value);
  }

  function onKeyDown(event: KeyboardEvent): void {
    const typing = searchHint !== undefined;
    const homing = event.key === "Home" || event.key === "End";
    const next = typing && homing ? undefined : moved(event.key, at, found.length);
    if (next !== undefined) setActive(next);
    else if (event.key === "Enter" || (event.key === " " && !typing)) pick(found[at]);
    else if (!typing && event.key.length === 1) setActive(startingWith(event.key, found, at));
    else return;
    event.preventDefault();
  }

  const steering = {
    "aria-activedescendant": found.length > 0 ? `${id}-${at}` : undefined,
    onKeyDown,
  };
  return (
    <>
      {searchHint !== undefined && (
        <input
          role="combobox"
          aria-label={label}
          aria-expanded
          aria-controls={id}
          aria-autocomplete="list"
          placeholder={searchHint}
          value={search}
          onChange={(event) => {
            setSearch(event.target.value);
            setActive(0);
          }}
          {...steering}
          className="h-control shrink-0 border-b border-line bg-transparent px-3 text-ui outline-none placeholder:text-text-3 pointer-coarse:text-read"
        />
      )}
      <ul
        id={id}
        role="listbox"
        aria-label={label}
        tabIndex={searchHint === undefined ? 0 : -1}
        {...(searchHint === undefined ? steering : {})}
        className="min-h-0 overflow-y-auto overscroll-contain p-1 outline-none"
      >
        {found.map((option, index) => (
          // The listbox has the focus and the keys; a row only takes the pointer.
          // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
          <li
            key={option.value}
            ref={index === at ? row : undefined}
            id={`${id}-${index}`}
            role="option"
            aria-selected={option.value === value}
            aria-disabled={option.blocked !== undefined}
            onClick={() => pick(option)}
            onPointerMove={() => setActive(index)}
            className={clsx(
              "flex min-h-dense items-center gap-2 rounded-control px-2 py-1.5 text-ui",
              option.blocked === undefined ? "cursor-pointer text-text" : "cursor-not-allowed text-text-2",
              index === at && "bg-surface-3 forced-colors:outline",
            )}
          >
            <span className="min-w-0 flex-1">
              <span className="block">{option.label}</span>
              {(option.blocked ?? option.hint) !== undefined && (
                <span className="block text-dense text-text-2">{option.blocked ?? option.hint}</span>
              )}
            </span>
            {option.chip !== undefined && <Chip>{option.chip}</Chip>}
            {option.value === value && <Check {...icon} className="shrink-0" />}
          </li>
        ))}
      </ul>
      {found.length === 0 && (
        <p role="status" className="p-3 text-ui text-text-2">
          {noMatch}
        </p>
      )}
    </>
  );
}
