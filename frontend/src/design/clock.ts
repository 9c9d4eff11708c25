/** One clock for all times on a page: it ticks each second while anybody reads it, so that all of them change together. */
import { useSyncExternalStore } from "react";

const TICK_MS = 1_000;
let timer: ReturnType<typeof setInterval> | undefined;
let current = Date.now();
const readers = new Set<() => void>();

function tick(): void {
  current = Date.now();
  for (const reader of readers) reader();
}

function subscribe(reader: () => void): () => void {
  readers.add(reader);
  if (timer === undefined) {
    current = Date.now();
    timer = setInterval(tick, TICK_MS);
  }
  return () => {
    readers.delete(reader);
    if (readers.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

const never = () => () => {};

/** What `read` makes of now; a component is drawn again only when that changes. `stopped`: it will not change any more. */
export function useClock<T extends string | number | boolean>(read: (now: number) => T, stopped = false): T {
  return useSyncExternalStore(stopped ? never : subscribe, () => read(timer === undefined ? now() : current));
}

/** Now, to the second: for what draws itself anew each second anyway. */
export function useNow(stopped = false): number {
  return useClock((now) => now, stopped);
}

/** Without a running clock a time must not differ from one look to the next in one drawing. */
function now(): number {
  const time = Date.now();
  if (time - current >= TICK_MS) current = time;
  return current;
}
