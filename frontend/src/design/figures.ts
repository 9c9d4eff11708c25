/** Figures as people read them. */

/** `1,234`; where it is scaled from a sample and too great to be counted, `~1.2M`. */
export function figure(count: number, approximate = false): string {
  return approximate && count >= 10_000 ? `~${SHORT.format(count)}` : WHOLE.format(count);
}

/** `0.4 %`, `12 %`; a dash for a part of nothing. */
export function percent(part: number, whole: number): string {
  if (whole === 0) return "–";
  const value = (100 * part) / whole;
  return `${value > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} %`;
}

const WHOLE = new Intl.NumberFormat("en-US");
const SHORT = new Intl.NumberFormat("en-US", { notation: "compact", maximumSignificantDigits: 3 });
