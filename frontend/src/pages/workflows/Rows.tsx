/** The list itself: only the rows in sight are drawn, further pages are read as the reader comes near their end. */
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useLayoutEffect, useRef, useState, useSyncExternalStore } from "react";
import type { Execution } from "../../api/types";
import { Button } from "../../design/Button";
import { classes } from "../../design/classes";
import { Header } from "./Header";
import styles from "./List.module.css";
import { Row } from "./Row";
import type { useListing } from "./useListing";
import { useRowKeys } from "./useRowKeys";

/** Rows from the end at which the next page is asked for. */
const NEAR = 30;
/** As long as a change is news. */
const FLASH_MS = 1_400;

interface Props {
  listing: ReturnType<typeof useListing>;
  chosen: ReadonlyMap<string, Execution>;
  /** undefined: there is nothing that the reader could do to rows. */
  onToggle: ((row: Execution) => void) | undefined;
  onToggleAll(): void;
}

export function Rows({ listing, chosen, onToggle, onToggleAll }: Props) {
  const { rows, query } = listing;
  const list = useRef<HTMLDivElement>(null);
  const height = useNarrow() ? 64 : 36;
  const [offset, setOffset] = useState(0);
  // What is above the list may grow (a filter is set, the connection is lost).
  useLayoutEffect(() => {
    const top = (list.current?.getBoundingClientRect().top ?? 0) + window.scrollY;
    if (Math.abs(top - offset) > 1) setOffset(top);
  });
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => height,
    overscan: 12,
    scrollMargin: offset,
    scrollPaddingStart: 2 * height,
    getItemKey: (index) => rows[index]?.runId ?? index,
  });
  useEffect(() => virtual.measure(), [virtual, height]);
  const onMove = useCallback((index: number) => virtual.scrollToIndex(index, { align: "auto" }), [virtual]);
  const { current } = useRowKeys(rows, onMove, onToggle);
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  const { hasNextPage, isFetchingNextPage, fetchNextPage, isFetchNextPageError } = query;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && !isFetchNextPageError && last >= rows.length - NEAR)
      void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage, last, rows.length]);
  const now = Date.now();
  return (
    <div className={classes(styles.list, onToggle && styles.selectable)}>
      <News listing={listing} />
      <div
        role="table"
        aria-label="Workflows"
        aria-rowcount={hasNextPage ? -1 : rows.length + 1}
        aria-busy={isFetchingNextPage}
      >
        <Header
          all={rows.length > 0 && chosen.size >= rows.length}
          some={chosen.size > 0}
          onToggleAll={onToggle && onToggleAll}
        />
        <div ref={list} role="rowgroup" className={styles.space} style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const row = rows[item.index];
            const changedAt = row && listing.flashes.get(row.runId);
            return row ? (
              <Row
                key={row.runId}
                row={row}
                index={item.index}
                top={item.start - offset}
                current={row.runId === current}
                chosen={chosen.has(row.runId)}
                leaving={listing.leaving.has(row.runId)}
                flash={changedAt !== undefined && now - changedAt < FLASH_MS ? changedAt : undefined}
                onToggle={onToggle}
              />
            ) : null;
          })}
        </div>
      </div>
      <End listing={listing} />
    </div>
  );
}

/** Rows that came while the reader was further down. */
function News({ listing }: { listing: ReturnType<typeof useListing> }) {
  const { waiting, overflown, show } = listing;
  const reveal = () => {
    show();
    window.scrollTo({ top: 0 });
  };
  return (
    <div className={styles.news} role="status">
      {waiting > 0 && (
        <Button look="solid" small icon="up" onClick={reveal}>
          {overflown ? `${waiting}+` : waiting} new
        </Button>
      )}
    </div>
  );
}

function End({ listing: { query, rows } }: { listing: ReturnType<typeof useListing> }) {
  if (query.isFetchNextPageError)
    return (
      <div className={styles.end} role="alert">
        Older ones could not be read: {query.error?.message}{" "}
        <Button small onClick={() => query.fetchNextPage()}>
          Try again
        </Button>
      </div>
    );
  return (
    <div className={styles.end}>
      {query.hasNextPage ? "Reading older ones…" : `All ${rows.length.toLocaleString()} are shown.`}
    </div>
  );
}

const NARROW = window.matchMedia?.("(max-width: 40rem)");

function useNarrow(): boolean {
  return useSyncExternalStore(
    (watcher) => {
      NARROW?.addEventListener("change", watcher);
      return () => NARROW?.removeEventListener("change", watcher);
    },
    () => NARROW?.matches ?? false,
  );
}
