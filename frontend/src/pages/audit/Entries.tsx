/** The entries: only those in sight are drawn, older pages are read as the reader comes near their end. */
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { Button } from "../../design/Button";
import { classes } from "../../design/classes";
import { head } from "../../design/Table";
import styles from "./Audit.module.css";
import { EntryRow } from "./EntryRow";
import type { useAudit } from "./useAudit";

/** Entries from the end at which the next page is asked for. */
const NEAR = 20;
const ROW_PX = 40;

export function Entries({ audit }: { audit: ReturnType<typeof useAudit> }) {
  const { entries, rowKeys, query } = audit;
  const list = useRef<HTMLDivElement>(null);
  const [offset, setOffset] = useState(0);
  // What is above the list may grow.
  useLayoutEffect(() => {
    const top = (list.current?.getBoundingClientRect().top ?? 0) + window.scrollY;
    if (Math.abs(top - offset) > 1) setOffset(top);
  });
  const virtual = useWindowVirtualizer({
    count: entries.length,
    estimateSize: () => ROW_PX,
    overscan: 10,
    scrollMargin: offset,
    getItemKey: (index) => rowKeys[index] ?? index,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  const { hasNextPage, isFetching, fetchNextPage, isFetchNextPageError } = query;
  useEffect(() => {
    if (hasNextPage && !isFetching && !isFetchNextPageError && last >= entries.length - NEAR)
      void fetchNextPage();
  }, [hasNextPage, isFetching, isFetchNextPageError, fetchNextPage, last, entries.length]);
  return (
    <div className={styles.list}>
      <News audit={audit} />
      <div role="table" aria-label="Audit" aria-rowcount={hasNextPage ? -1 : entries.length + 1}>
        <div role="rowgroup">
          <div role="row" className={classes(styles.header, styles.columns, head)}>
            {["When", "Who", "Action", "Workflow", "Why, and with what", "Door"].map((name) => (
              <span key={name} role="columnheader">
                {name}
              </span>
            ))}
          </div>
        </div>
        <div ref={list} role="rowgroup" className={styles.space} style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const entry = entries[item.index];
            return (
              entry && (
                <EntryRow
                  key={item.key}
                  ref={virtual.measureElement}
                  entry={entry}
                  index={item.index}
                  top={item.start - offset}
                />
              )
            );
          })}
        </div>
      </div>
      <End audit={audit} />
    </div>
  );
}

/** What was written since the page was opened. */
function News({ audit: { news, overflown, show } }: { audit: ReturnType<typeof useAudit> }) {
  return (
    <div className={styles.news} role="status">
      {news > 0 && (
        <Button
          look="solid"
          small
          icon="up"
          onClick={() => {
            show();
            window.scrollTo({ top: 0 });
          }}
        >
          {overflown ? `${news}+` : news} new
        </Button>
      )}
    </div>
  );
}

function End({ audit: { query, entries } }: { audit: ReturnType<typeof useAudit> }) {
  if (query.isFetchNextPageError)
    return (
      <div className={styles.end} role="alert">
        Older ones could not be read: {query.error?.message}{" "}
        <Button small onClick={() => void query.fetchNextPage()}>
          Try again
        </Button>
      </div>
    );
  return (
    <div className={styles.end}>
      {query.hasNextPage
        ? "Reading older ones…"
        : entries.length === 1
          ? "This is the only one."
          : `All ${entries.length.toLocaleString("en-US")} are shown.`}
    </div>
  );
}
