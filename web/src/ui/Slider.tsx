import { Slider as Radix } from "radix-ui";

interface Props {
  labelledBy: string;
  /** The value in words. */
  valueText: string;
  value: number;
  max: number;
  onChange: (value: number) => void;
}

/** A slider over the whole numbers 0…max. */
export function Slider({ labelledBy, valueText, value, max, onChange }: Props) {
  return (
    <Radix.Root
      value={[value]}
      max={max}
      onValueChange={([next]) => next !== undefined && onChange(next)}
      className="relative flex h-control w-full touch-none items-center select-none"
    >
      <Radix.Track className="relative h-1 grow rounded-chip bg-surface-3 forced-colors:border">
        <Radix.Range className="absolute h-full rounded-chip bg-accent" />
      </Radix.Track>
      <Radix.Thumb
        aria-labelledby={labelledBy}
        aria-valuetext={valueText}
        className="block size-4 rounded-chip border-2 border-accent bg-surface-1 transition-[background] duration-120 hover:bg-surface-3"
      />
    </Radix.Root>
  );
}
