/** The sizes of captions, smallest first: classes from the type scale. */
export const SIZES = ["text-read", "text-lead", "text-caption", "text-display"] as const;
export const USUAL_SIZE = 1;
