/** How icons look everywhere; what they mean is said by words beside them. */
export const icon = { "aria-hidden": true, size: 16, strokeWidth: 1.75 } as const;
