/** Which rows of a list of equal heights are in view.
 *
 * Browsers place nothing beyond some 33 million pixels (Firefox: 17); taller lists are scrolled as if they were `TALLEST` high,
 * each step of the scrollbar passing more of it.
 */
export const TALLEST = 12_000_000;
/** Rows drawn beyond the edge, so that a quick scroll shows no blank. */
const BEYOND = 6;

export interface Rows {
  first: number;
  /** Behind the last one. */
  end: number;
  /** Where the first is placed. */
  top: number;
  /** Of the whole list, as the scrollbar sees it. */
  height: number;
}

export function rowsInView(count: number, rowHeight: number, scrollTop: number, viewHeight: number): Rows {
  const real = count * rowHeight;
  const height = Math.min(real, TALLEST);
  const at = realTop(real, height, scrollTop, viewHeight);
  const first = Math.max(Math.floor(at / rowHeight) - BEYOND, 0);
  const end = Math.min(Math.ceil((at + viewHeight) / rowHeight) + BEYOND, count);
  return { first, end: Math.max(end, first), top: first * rowHeight - at + scrollTop, height };
}

/** The scroll position that brings a row to the middle. */
export function scrollTo(row: number, count: number, rowHeight: number, viewHeight: number): number {
  const real = count * rowHeight;
  const wanted = Math.min(
    Math.max((row + 0.5) * rowHeight - viewHeight / 2, 0),
    Math.max(real - viewHeight, 0),
  );
  if (real <= TALLEST) return wanted;
  return (wanted / (real - viewHeight)) * (TALLEST - viewHeight);
}

function realTop(real: number, height: number, scrollTop: number, viewHeight: number): number {
  if (real <= height || height <= viewHeight)
    return Math.min(Math.max(scrollTop, 0), Math.max(real - viewHeight, 0));
  const share = Math.min(Math.max(scrollTop / (height - viewHeight), 0), 1);
  return share * (real - viewHeight);
}
