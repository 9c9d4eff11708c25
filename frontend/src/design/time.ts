/** Instants and spans as people read them. Everything takes `now`; `clock.ts` says what that is. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `340 ms`, `4.2 s`, `3 m 12 s`, `5 h 07 m`, `12 d 4 h`: two units at most, so that columns stay narrow. */
export function duration(ms: number): string {
  if (!Number.isFinite(ms) || ms < 0) return "–";
  if (ms < SECOND) return `${Math.round(ms)} ms`;
  if (ms < 10 * SECOND) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`;
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s`;
  if (ms < HOUR) return pair(ms, MINUTE, "m", SECOND, "s");
  if (ms < DAY) return pair(ms, HOUR, "h", MINUTE, "m");
  return `${Math.floor(ms / DAY)} d ${Math.floor((ms % DAY) / HOUR)} h`;
}

function pair(ms: number, great: number, greatName: string, small: number, smallName: string): string {
  const rest = Math.floor((ms % great) / small);
  return `${Math.floor(ms / great)} ${greatName} ${String(rest).padStart(2, "0")} ${smallName}`;
}

/** A round span without its zeros: `5 s`, `1 m`, `2 h`; for names of spans and the marks of axes. */
export function span(ms: number): string {
  return duration(ms).replace(/\.0(?= s)| 00 [ms]$| 0 h$/, "");
}

/** `now`, `12 s ago`, `in 3 m`: one unit, the greatest. */
export function relative(at: number, now: number): string {
  const ago = now - at;
  const size = Math.abs(ago);
  if (size < SECOND) return "now";
  const text =
    size < MINUTE
      ? `${Math.floor(size / SECOND)} s`
      : size < HOUR
        ? `${Math.floor(size / MINUTE)} m`
        : size < DAY
          ? `${Math.floor(size / HOUR)} h`
          : `${Math.floor(size / DAY)} d`;
  return ago > 0 ? `${text} ago` : `in ${text}`;
}

const ABSOLUTE = new Intl.DateTimeFormat(undefined, {
  dateStyle: "medium",
  timeStyle: "long",
});

/** With the reader's time zone, which it names. */
export function absolute(at: number): string {
  return ABSOLUTE.format(at);
}

const STAMP = new Intl.DateTimeFormat(undefined, {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});

/** To the second, for where the order and the moment count more than the age. */
export function stamp(at: number): string {
  return STAMP.format(at);
}

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });

export function timeOfDay(at: number): string {
  return CLOCK.format(at);
}
