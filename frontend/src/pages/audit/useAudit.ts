/** The audit, read as the reader goes down; what is written meanwhile is looked for and offered, not pushed in. */
import { type InfiniteData, useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { every, LOOK_MS } from "../../api/poll";
import { auditPage, keys } from "../../api/queries";
import type { AuditPage } from "../../api/types";
import { keysOf, newOnes } from "./entries";
import type { Filters } from "./filters";

const PAGE_SIZE = 100;
const NEWEST = 50;

type Pages = InfiniteData<AuditPage, string | undefined>;

export function useAudit(filters: Filters, allowed: boolean) {
  const client = useQueryClient();
  const key = useMemo(() => [...keys.audit({ ...filters }), "pages"], [filters]);
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) =>
      auditPage({ ...filters, pageSize: PAGE_SIZE, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    enabled: allowed,
    // Entries never change; newer ones are looked for below.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  const newest = useQuery({
    queryKey: [...keys.audit({ ...filters }), "newest"],
    queryFn: ({ signal }) => auditPage({ ...filters, pageSize: NEWEST }, signal),
    // Before an instant that is past nothing is written any more.
    enabled: query.isSuccess && filters.before === undefined,
    refetchInterval: every(LOOK_MS),
    gcTime: 0,
  });
  const entries = useMemo(() => query.data?.pages.flatMap((page) => page.entries) ?? [], [query.data]);
  const rowKeys = useMemo(() => keysOf(entries), [entries]);
  const news = useMemo(
    () => (query.data ? newOnes(newest.data?.entries ?? [], entries) : []),
    [newest.data, query.data, entries],
  );
  const show = () => {
    // As many as were asked for: there may be others between them and what is shown.
    if (news.length >= NEWEST) return void client.resetQueries({ queryKey: key });
    client.setQueryData<Pages>(key, (had) => had && { ...had, pages: withNews(had.pages, news) });
  };
  return { query, newest, entries, rowKeys, news: news.length, overflown: news.length >= NEWEST, show };
}

function withNews(pages: AuditPage[], news: AuditPage["entries"]): AuditPage[] {
  const [first, ...others] = pages;
  if (!first) return pages;
  const entries = [...news, ...first.entries].sort((one, other) =>
    one.at < other.at ? 1 : one.at > other.at ? -1 : 0,
  );
  return [{ ...first, entries }, ...others];
}
