/** How fast a sound can be played, its pitch kept. */
export const RATES = [0.75, 1, 1.25, 1.5, 1.75, 2] as const;
