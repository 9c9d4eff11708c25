/** Whether the command palette or the help is open: any part of the page may open them. */
export type Open = "" | "palette" | "help";

let open: Open = "";
const watchers = new Set<() => void>();

export const paletteState = (): Open => open;
export const openPalette = (): void => become("palette");
export const openHelp = (): void => become("help");
export const closePalette = (): void => become("");

export function watchPalette(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

function become(to: Open): void {
  open = to;
  for (const watcher of watchers) watcher();
}
