/** What a picker does with its options, apart from drawing them. */

export interface PickerOption {
  value: string;
  label: string;
  /** More about it, searched as well. */
  hint?: string | undefined;
  chip?: string | undefined;
  /** Why it can't be chosen, and what can. */
  blocked?: string | undefined;
}

function plain(text: string): string {
  return text.normalize("NFD").replaceAll(/\p{Diacritic}/gu, "").toLowerCase();
}

/** The options that hold every word of the search, accents and case aside. */
export function matching(options: readonly PickerOption[], search: string): PickerOption[] {
  const words = plain(search).split(/\s+/u).filter(Boolean);
  return options.filter((option) => {
    const text = plain(`${option.label} ${option.hint ?? ""} ${option.value}`);
    return words.every((word) => text.includes(word));
  });
}

/** Where the highlight goes on a key, or `undefined` where the key is none of the list's. */
export function moved(key: string, at: number, count: number): number | undefined {
  if (count === 0) return undefined;
  const PAGE = 8;
  const steps: Record<string, number> = {
    ArrowDown: (at + 1) % count,
    ArrowUp: (at - 1 + count) % count,
    PageDown: Math.min(count - 1, at + PAGE),
    PageUp: Math.max(0, at - PAGE),
    Home: 0,
    End: count - 1,
  };
  return steps[key];
}

/** The next option that begins with a letter, for lists without a search box. */
export function startingWith(letter: string, options: readonly PickerOption[], at: number): number {
  for (let step = 1; step <= options.length; step += 1) {
    const index = (at + step) % options.length;
    if (plain(options[index]?.label ?? "").startsWith(plain(letter))) return index;
  }
  return at;
}
