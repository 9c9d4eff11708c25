/** How many executions are in each status, all of them, kept up to date by the overview's subscription. */
import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { countsQuery, keys } from "../api/queries";
import type { Counts, Execution } from "../api/types";
import { useLive } from "./useLive";

export interface OverviewDocument {
  counts?: Partial<Counts>;
  approximate?: boolean;
  recent?: Execution[];
}

/** `onRecent`: rows of executions that started or ended, newest first; `all`: they are all there are to show. */
export function useCounts(wanted = true, onRecent?: (rows: Execution[], all: boolean) => void) {
  const client = useQueryClient();
  useLive(wanted ? "overview" : undefined, {
    snapshot: (document) => {
      merge(client, document as OverviewDocument);
      onRecent?.((document as OverviewDocument).recent ?? [], true);
    },
    changed: (document) => {
      merge(client, document as OverviewDocument);
      onRecent?.((document as OverviewDocument).recent ?? [], false);
    },
  });
  return useQuery({ ...countsQuery({}), enabled: wanted });
}

function merge(client: QueryClient, { counts, approximate }: OverviewDocument): void {
  client.setQueryData<Counts>(keys.counts({}), (had) => {
    if (!had && Object.keys(counts ?? {}).length < 6) return had;
    return { ...had, ...counts, ...(approximate === undefined ? {} : { approximate }) } as Counts;
  });
}
