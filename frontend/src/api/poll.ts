/** How often the pages that no subscription serves look again while somebody sees them; in a hidden tab they do not. */
export const LOOK_MS = 2_000;
