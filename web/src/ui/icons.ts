/** How icons look everywhere; words beside them give their meaning. */
export const icon = { "aria-hidden": true, size: 16, strokeWidth: 1.75 } as const;
