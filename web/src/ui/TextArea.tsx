import { useLayoutEffect, useRef, type ComponentProps } from "react";

/** A text box that is as tall as its text. */
export function TextArea({ value, ...rest }: ComponentProps<"textarea"> & { value: string }) {
  const box = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => {
    const target = box.current;
    if (!target) return;
    target.style.height = "auto";
    target.style.height = `${target.scrollHeight}px`;
  }, [value]);
  return <textarea ref={box} value={value} {...rest} />;
}
