/** What the palette offers, and which of it fits what was typed. */
import type { Action } from "../api/types";
import type { IconName } from "../design/Icon";
import { PLACES } from "./places";

export interface Command {
  id: string;
  name: string;
  group: "Workflows" | "Pages" | "Actions";
  icon: IconName;
  /** Beside the name: keys, or a status. */
  note?: string;
  /** Where it leads; else `run` does it. */
  to?: { to: string; params?: Record<string, string>; search?: Record<string, string> };
  run?(): void;
}

export function pageCommands(may: (action: Action) => boolean): Command[] {
  const pages: Command[] = PLACES.filter((place) => !place.action || may(place.action)).map((place) => ({
    id: `page:${place.to}`,
    name: place.name,
    group: "Pages",
    icon: place.icon,
    note: `g ${place.key}`,
    to: { to: place.to },
  }));
  if (may("start"))
    pages.push({
      id: "page:/start",
      name: "Start a workflow",
      group: "Actions",
      icon: "plus",
      note: "g s",
      to: { to: "/start" },
    });
  return pages;
}

/** Those whose words begin with the words typed, in any order; all for nothing typed. */
export function fitting(commands: readonly Command[], typed: string): Command[] {
  const wanted = words(typed);
  return commands.filter((command) => {
    const own = words(command.name);
    return wanted.every((word) => own.some((each) => each.startsWith(word)));
  });
}

function words(text: string): string[] {
  return text.toLowerCase().split(/\s+/).filter(Boolean);
}

/** Whether the API could find an id by it; anything else it refuses. */
export function isIdPrefix(typed: string): boolean {
  return /^[A-Za-z0-9._:@+-]{1,200}$/.test(typed);
}
