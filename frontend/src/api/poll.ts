/** How often the pages that no subscription serves look again while somebody sees them; in a hidden tab they do not. */
export const LOOK_MS = 2_000;

/** Again and again, once it was read. What failed from the start says so until somebody asks: else the page would flicker. */
export const every = (ms: number) => (query: { state: { data: unknown } }) =>
  query.state.data === undefined ? false : ms;
