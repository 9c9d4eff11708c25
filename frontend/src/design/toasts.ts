/** Short messages about what was done, for whoever shows them. A failure stays until it is closed. */
export interface Toast {
  id: number;
  tone: "done" | "failed";
  title: string;
  detail?: string;
}

const SHOWN_MS = 6_000;
/** More would cover the page. */
const MOST = 4;

let shown: readonly Toast[] = [];
let next = 1;
const watchers = new Set<() => void>();

export function toast(tone: Toast["tone"], title: string, detail?: string): void {
  const id = next++;
  change([...shown, { id, tone, title, ...(detail ? { detail } : {}) }].slice(-MOST));
  if (tone === "done") setTimeout(() => dismiss(id), SHOWN_MS);
}

export function dismiss(id: number): void {
  change(shown.filter((each) => each.id !== id));
}

export function toasts(): readonly Toast[] {
  return shown;
}

export function watchToasts(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

function change(to: readonly Toast[]): void {
  shown = to;
  for (const watcher of watchers) watcher();
}
