/** Times and spans that keep themselves up to date by the one clock. */
import { useClock } from "./clock";
import { absolute, duration, relative, stamp } from "./time";

/** `at`: RFC 3339, as the API gives it; null is a dash. */
export function RelativeTime({ at }: { at: string | null | undefined }) {
  const instant = at ? Date.parse(at) : Number.NaN;
  const text = useClock((now) => relative(instant, now), Number.isNaN(instant));
  if (Number.isNaN(instant)) return <span>–</span>;
  return (
    <time dateTime={at ?? undefined} title={absolute(instant)}>
      {text}
    </time>
  );
}

/** The moment itself, where records are compared with those of others. */
export function Moment({ at }: { at: string }) {
  const instant = Date.parse(at);
  return (
    <time dateTime={at} title={absolute(instant)}>
      {stamp(instant)}
    </time>
  );
}

/** From one instant to another, or to now while there is no other. */
export function Duration({ from, to }: { from: string | null | undefined; to?: string | null | undefined }) {
  const begin = from ? Date.parse(from) : Number.NaN;
  const text = useClock(
    (now) => span(Math.max(0, (to ? Date.parse(to) : now) - begin), Boolean(to)),
    Boolean(to) || Number.isNaN(begin),
  );
  return <span title={to ? undefined : "so far"}>{text}</span>;
}

/** What still runs is told in whole seconds, as the clock ticks. */
function span(ms: number, over: boolean): string {
  return duration(over || ms < 1000 ? ms : Math.floor(ms / 1000) * 1000).replace(over ? "" : ".0", "");
}
