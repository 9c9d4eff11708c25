/** Light, dark, or what the system says; kept in this browser, told to every open page of it. */
export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const KEY = "sched-theme";
const watchers = new Set<() => void>();

export function theme(): Theme {
  try {
    const kept = localStorage.getItem(KEY) as Theme;
    return THEMES.includes(kept) ? kept : "system";
  } catch {
    return "system"; // a browser that keeps nothing
  }
}

export function setTheme(to: Theme): void {
  try {
    localStorage.setItem(KEY, to);
  } catch {
    // it holds for this page, then
  }
  apply(to);
}

export function watchTheme(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

export function startTheme(): void {
  apply(theme());
  window.addEventListener("storage", (event) => {
    if (event.key === KEY) apply(theme());
  });
}

function apply(to: Theme): void {
  if (to === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = to;
  for (const watcher of watchers) watcher();
}
