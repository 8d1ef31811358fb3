/** The logo: five bars of a voice. The name stands beside it. */
export function Mark() {
  return (
    <svg aria-hidden viewBox="0 0 24 24" className="size-6 text-accent">
      <path
        d="M4 10v4M8 7.5v9M12 4v16M16 8v8M20 10.5v3"
        stroke="currentColor"
        strokeWidth="2"
        strokeLinecap="round"
      />
    </svg>
  );
}
