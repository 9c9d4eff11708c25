/** All that the palette offers for what was typed: pages, acts, and workflows whose id begins so. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { keys, pageOfWorkflows, useMe } from "../api/queries";
import type { Execution } from "../api/types";
import { isStatus, STATUS_NAMES } from "../design/status";
import { type Command, fitting, isIdPrefix, pageCommands } from "./commands";
import { openHelp } from "./palette";
import { setTheme, THEMES } from "./theme";

const FOUND = 8;
/** Somebody who types is not asking yet. */
const PAUSE_MS = 150;

interface Offer {
  commands: Command[];
  searching: boolean;
  /** Why ids could not be looked for: then that none is offered says nothing. */
  failure: string | undefined;
}

export function useCommands(typed: string): Offer {
  const { may, me } = useMe();
  const prefix = usePaused(typed.trim());
  const query = { idPrefix: prefix, pageSize: FOUND };
  const { data, isFetching, failureReason } = useQuery({
    queryKey: keys.list(query),
    queryFn: ({ signal }) => pageOfWorkflows(query, signal),
    enabled: isIdPrefix(prefix),
    placeholderData: keepPreviousData,
  });
  const found = isIdPrefix(typed.trim()) && isIdPrefix(prefix) ? (data?.workflows ?? []) : [];
  const own = [...pageCommands(may), ...acts(me?.adminUrl)];
  return {
    commands: [
      ...found.filter((row) => row.workflowId.startsWith(typed.trim())).map(leadTo),
      ...fitting(own, typed),
    ],
    searching: isFetching || prefix !== typed.trim(),
    failure: isIdPrefix(prefix) ? failureReason?.message : undefined,
  };
}

function leadTo(row: Execution): Command {
  return {
    id: `run:${row.runId}`,
    name: row.workflowId,
    group: "Workflows",
    icon: "workflows",
    note: `${row.workflowName} · ${isStatus(row.status) ? STATUS_NAMES[row.status] : "unreadable"}`,
    to: { to: "/workflows/$id", params: { id: row.workflowId }, search: { runId: row.runId } },
  };
}

function acts(adminUrl: string | null | undefined): Command[] {
  const themes = THEMES.map(
    (theme): Command => ({
      id: `theme:${theme}`,
      name: `Theme: ${theme}`,
      group: "Actions",
      icon: theme === "light" ? "sun" : theme === "dark" ? "moon" : "system",
      run: () => setTheme(theme),
    }),
  );
  const help: Command = {
    id: "help",
    name: "Keyboard help",
    group: "Actions",
    icon: "help",
    note: "?",
    run: openHelp,
  };
  const admin: Command[] = adminUrl
    ? [
        {
          id: "admin",
          name: "Open the admin",
          group: "Actions",
          icon: "out",
          run: () => location.assign(adminUrl),
        },
      ]
    : [];
  return [...themes, help, ...admin];
}

/** `value` when it has not changed for a moment. */
function usePaused(value: string): string {
  const [paused, setPaused] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setPaused(value), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return paused;
}
