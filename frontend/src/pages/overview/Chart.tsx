/** A chart with its key: what each line is, and its figure at the mark, or of the whole window while there is no mark. */
import { lazy, Suspense, useState } from "react";
import { Card } from "../../design/Card";
import { classes } from "../../design/classes";
import { Skeleton } from "../../design/States";
import { absolute } from "../../design/time";
import styles from "./Chart.module.css";
import type { Line } from "./line";

const Plot = lazy(() => import("./Plot"));

interface Props {
  title: string;
  at: number[];
  lines: readonly Line[];
  format(value: number): string;
  /** Between marks of the axis, ascending; else those that decimals make round. */
  steps?: number[];
  /** Said where there is nothing to draw. */
  none: string;
}

export function Chart({ title, at, lines, format, steps, none }: Props) {
  const [mark, setMark] = useState<number | null>(null);
  const marked = mark !== null && at[mark] !== undefined ? mark : null;
  const empty = lines.every((line) => line.values.every((value) => !value));
  const said = lines.map((line) => `${line.name} ${line.whole ?? ""}`.trim()).join(", ");
  return (
    <Card
      title={title}
      actions={
        <ul className={styles.legend}>
          {lines.map((line) => {
            const value = marked === null ? undefined : line.values[marked];
            return (
              <li key={line.name}>
                <span
                  className={classes(styles.key, line.dashed && styles.dashed)}
                  style={{ color: `var(${line.color})` }}
                />
                {line.name}
                <b>{marked === null ? line.whole : value == null ? "–" : format(value)}</b>
              </li>
            );
          })}
        </ul>
      }
    >
      <div className={styles.chart}>
        {marked !== null && <span className={styles.when}>{absolute((at[marked] ?? 0) * 1_000)}</span>}
        <Suspense fallback={<Skeleton height="100%" />}>
          <Plot
            at={at}
            lines={lines}
            label={`${title}: ${said}`}
            format={format}
            steps={steps}
            onMark={setMark}
          />
        </Suspense>
        {empty && <p className={styles.none}>{none}</p>}
      </div>
    </Card>
  );
}
