/** The live socket for components: a subscription lives as long as the component that wants it. */
import { useEffect, useRef, useSyncExternalStore } from "react";
import { type Connection, type Listener, live, type Topic } from "./socket";

/** `topic` may be a new object each time: what it says counts. undefined: nothing is wanted now. */
export function useLive(topic: Topic | undefined, listener: Listener): void {
  const latest = useRef(listener);
  useEffect(() => {
    latest.current = listener;
  });
  const said = topic && JSON.stringify(topic);
  useEffect(() => {
    if (said === undefined) return;
    return live.subscribe(JSON.parse(said) as Topic, {
      snapshot: (document) => latest.current.snapshot(document),
      changed: (document) => latest.current.changed(document),
      error: (problem) => latest.current.error?.(problem),
    });
  }, [said]);
}

/** `since`: when it came into this state. */
export function useConnection(): { state: Connection; since: number; retry(): void } {
  const state = useSyncExternalStore(live.watch, () => live.state);
  return { state, since: live.since, retry: live.retry };
}

/** Calls when the connection is back after a loss: what no subscription tells may have changed meanwhile. */
export function useRestored(onRestored: () => void): void {
  const { state } = useConnection();
  const before = useRef(state);
  const latest = useRef(onRestored);
  useEffect(() => {
    latest.current = onRestored;
    if (before.current === "lost" && state === "live") latest.current();
    before.current = state;
  });
}
