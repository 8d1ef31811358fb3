/** Keys to press, in the order to hold them. */
export function Kbd({ keys }: { keys: readonly string[] }) {
  return (
    <span aria-hidden className="inline-flex items-center gap-0.5 font-mono text-micro">
      {keys.map((key) => (
        <kbd key={key} className="rounded-sm border border-current/40 px-1 py-0.5 font-mono">
          {key}
        </kbd>
      ))}
    </span>
  );
}
