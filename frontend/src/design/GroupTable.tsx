/** A table whose lines belong to things: each thing is named once, with its lines beside it. On phones each becomes a card.
 *
 * The roles are written out: a table that is laid out as cards is none to the browser any more.
 */
import type { ReactNode } from "react";
import { classes } from "./classes";
import styles from "./GroupTable.module.css";

export interface Column {
  name: string;
  number?: boolean;
}

export function GroupTable({
  label,
  columns,
  children,
}: {
  label: string;
  columns: readonly Column[];
  children: ReactNode;
}) {
  return (
    <div className={styles.frame}>
      <table role="table" aria-label={label} className={styles.table}>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map(({ name, number }) => (
              <th key={name} role="columnheader" className={number ? styles.number : undefined}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        {children}
      </table>
    </div>
  );
}

interface GroupProps<Line> {
  name: ReactNode;
  lines: readonly Line[];
  keyOf(line: Line): string;
  children(line: Line): ReactNode;
}

/** `name` stands before the first of the lines. */
export function Group<Line>({ name, lines, keyOf, children }: GroupProps<Line>) {
  return (
    <tbody role="rowgroup" className={styles.group}>
      {lines.map((line, index) => (
        <tr key={keyOf(line)} role="row" className={styles.line}>
          {index === 0 && (
            <th role="rowheader" scope="rowgroup" rowSpan={lines.length} className={styles.name}>
              {name}
            </th>
          )}
          {children(line)}
        </tr>
      ))}
    </tbody>
  );
}

interface CellProps {
  /** The column's name, said above the value on phones; left out where the value says it itself. */
  of?: string;
  number?: boolean;
  /** The whole width of a card. */
  wide?: boolean;
  children: ReactNode;
}

export function Cell({ of, number, wide, children }: CellProps) {
  return (
    <td
      role="cell"
      data-label={of}
      className={classes(styles.cell, number && styles.number, wide && styles.wide)}
    >
      {children}
    </td>
  );
}
