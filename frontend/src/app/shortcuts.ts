/** Keys that work on every page: which wish a key expresses, given the one before it. Pure; `useShortcuts.ts` listens. */
import { PLACES } from "./places";

export type Wish = { go: string } | { open: "palette" | "help" };

export interface Press {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

/** How long a `g` waits for its second key. */
const PATIENCE_MS = 1_000;

export class Shortcuts {
  private goingSince = Number.NEGATIVE_INFINITY;

  /** `typing`: the key goes into a field, or a dialog is open; then only Ctrl K counts. */
  press({ key, ctrlKey, metaKey, altKey }: Press, typing: boolean, now: number): Wish | undefined {
    const going = now - this.goingSince < PATIENCE_MS;
    this.goingSince = Number.NEGATIVE_INFINITY;
    if ((ctrlKey || metaKey) && !altKey && key.toLowerCase() === "k") return { open: "palette" };
    if (typing || ctrlKey || metaKey || altKey) return undefined;
    if (going) return destination(key);
    if (key === "g") this.goingSince = now;
    if (key === "?") return { open: "help" };
    return undefined;
  }
}

function destination(key: string): Wish | undefined {
  const place = key === "s" ? "/start" : PLACES.find((each) => each.key === key)?.to;
  return place && { go: place };
}
