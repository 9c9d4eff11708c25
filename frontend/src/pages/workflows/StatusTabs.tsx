/** All, or those of one status, with how many there are. About figures that are scaled from a sample are said to be so. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { countsQuery } from "../../api/queries";
import type { Counts } from "../../api/types";
import { StatusMark } from "../../design/Badge";
import { figure } from "../../design/figures";
import { STATUS_COLORS, STATUS_NAMES, STATUSES, type Status } from "../../design/status";
import { type Tab, Tabs } from "../../design/Tabs";
import { useCounts } from "../../live/useCounts";
import type { Filters } from "./filters";

/** With filters nobody tells the counts; they are asked for. */
const LOOK_AGAIN_MS = 5_000;

interface Props {
  /** Without the status. */
  filters: Filters;
  /** Else how many there are is not known. */
  readable: boolean;
  value: Status | undefined;
  onChange(status: Status | undefined): void;
}

export function StatusTabs({ filters, readable, value, onChange }: Props) {
  const all = Object.keys(filters).length === 0;
  const live = useCounts(all).data;
  const asked = useQuery({
    ...countsQuery({ ...filters }),
    enabled: readable && !all,
    refetchInterval: LOOK_AGAIN_MS,
    placeholderData: keepPreviousData,
  }).data;
  const told = all ? live : asked;
  const counts = readable ? told : undefined;
  const tabs: Tab<Status | "">[] = [
    { id: "", label: "All", count: counts && figure(total(counts), counts.approximate) },
    ...STATUSES.map((status) => ({
      id: status,
      label: (
        <>
          <span style={{ color: STATUS_COLORS[status], lineHeight: 0 }}>
            <StatusMark status={status} />
          </span>
          {STATUS_NAMES[status]}
        </>
      ),
      count: counts && figure(counts[status], counts.approximate),
    })),
  ];
  return (
    <Tabs
      label="Status"
      tabs={tabs}
      value={value ?? ""}
      controls="workflow-list"
      onChange={(status) => onChange(status || undefined)}
    />
  );
}

function total(counts: Counts): number {
  return STATUSES.reduce((sum, status) => sum + counts[status], 0);
}
