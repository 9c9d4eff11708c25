/** Whether the session of who looks at the page has ended meanwhile. The page stays as it is, with what was typed into it. */
let ended = false;
const watchers = new Set<() => void>();

export function isEnded(): boolean {
  return ended;
}

/** Told of by what the server answers: 401 ends it, an answer to anything that needs a login says that there is one again. */
export function setEnded(to: boolean): void {
  if (to === ended) return;
  ended = to;
  for (const watcher of watchers) watcher();
}

export function watchSession(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

/** The login, and from there back here. */
export function loginAddress(): string {
  return `/login?next=${encodeURIComponent(location.pathname + location.search)}`;
}
