/** Whether the reader is further down: then nothing is put in above what they look at. */
import { useSyncExternalStore } from "react";

const DOWN_PX = 120;

export function useScrolled(): boolean {
  return useSyncExternalStore(
    (watcher) => {
      window.addEventListener("scroll", watcher, { passive: true });
      return () => window.removeEventListener("scroll", watcher);
    },
    () => window.scrollY > DOWN_PX,
  );
}
