/** A list of rows of one height, of which only those in view are drawn. One stop of Tab; arrow keys move within it. */
import {
  type CSSProperties,
  type KeyboardEvent,
  type ReactNode,
  useCallback,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import styles from "./Rows.module.css";
import { rowsInView, scrollTo } from "./rows";

/** More than fit on a screen. */
const POOL = 64;

interface Props {
  label: string;
  count: number;
  rowHeight: number;
  /** Rows that were put before those that were there: what the reader looks at stays where it is. */
  above?: number;
  /** Stays at the top. */
  head?: ReactNode;
  headHeight?: number;
  selected?: number;
  onSelect?(row: number): void;
  row(index: number): ReactNode;
  className?: string | undefined;
}

export function Rows({
  label,
  count,
  rowHeight,
  above = 0,
  head,
  selected,
  onSelect,
  row,
  className,
  headHeight = 0,
}: Props) {
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 600 });
  const [active, setActive] = useState(0);
  const rows = rowsInView(count, rowHeight, view.top, view.height);
  const look = useCallback(() => {
    const element = scroller.current;
    if (element) setView((old) => seen(old, element.scrollTop, element.clientHeight));
  }, []);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const observer = new ResizeObserver(look);
    observer.observe(element);
    return () => observer.disconnect();
  }, [look]);
  useStaying(scroller, above * rowHeight);
  const go = (to: number) => {
    const next = Math.min(Math.max(to, 0), count - 1);
    setActive(next);
    const element = scroller.current;
    if (!element) return;
    const { first, end } = rowsInView(count, rowHeight, element.scrollTop, element.clientHeight);
    if (next < first + 8 || next > end - 9)
      element.scrollTop = scrollTo(next, count, rowHeight, element.clientHeight);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const page = Math.max(Math.floor(view.height / rowHeight) - 1, 1);
    const to = { ArrowDown: active + 1, ArrowUp: active - 1, PageDown: active + page, PageUp: active - page }[
      event.key
    ];
    if (to !== undefined) go(to);
    else if (event.key === "Home") go(0);
    else if (event.key === "End") go(count - 1);
    else if (event.key === "Enter" || event.key === " ") onSelect?.(active);
    else return;
    event.preventDefault();
  };
  const drawn = Array.from({ length: rows.end - rows.first }, (_, index) => rows.first + index);
  // Elements are used again for other rows: making them anew is most of what scrolling costs.
  const pool = Math.max(POOL, drawn.length);
  const isDrawn = active >= rows.first && active < rows.end;
  return (
    <div
      className={`${styles.scroller} ${className ?? ""}`}
      ref={scroller}
      onScroll={look}
      style={{ "--content": `${rows.height + headHeight}px` } as CSSProperties}
    >
      {head}
      <div
        role="listbox"
        tabIndex={0}
        aria-label={label}
        aria-activedescendant={isDrawn ? `${id}-${active}` : undefined}
        className={styles.list}
        style={{ height: rows.height }}
        onKeyDown={onKeyDown}
      >
        {drawn.map((index) => (
          <div
            key={index % pool}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === selected}
            aria-setsize={count}
            aria-posinset={index + 1}
            data-active={index === active || undefined}
            className={styles.row}
            style={{
              height: rowHeight,
              transform: `translateY(${rows.top + (index - rows.first) * rowHeight}px)`,
            }}
            onClick={() => {
              setActive(index);
              onSelect?.(index);
            }}
          >
            {row(index)}
          </div>
        ))}
      </div>
    </div>
  );
}

/** Rows put above push the scroll position on, unless the reader is at the top and wants to see them. */
function useStaying(scroller: React.RefObject<HTMLDivElement | null>, above: number): void {
  const before = useRef(above);
  useLayoutEffect(() => {
    const element = scroller.current;
    const grown = above - before.current;
    before.current = above;
    if (element && grown > 0 && element.scrollTop > 0) element.scrollTop += grown;
  }, [scroller, above]);
}

function seen(old: { top: number; height: number }, top: number, height: number) {
  return old.top === top && old.height === height ? old : { top, height };
}
