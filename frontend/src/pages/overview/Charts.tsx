/** Throughput, latency and failures over the window. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { statsQuery } from "../../api/queries";
import type { Window } from "../../api/types";
import { Card } from "../../design/Card";
import { figure, percent } from "../../design/figures";
import { ErrorState, Skeleton } from "../../design/States";
import { duration, span } from "../../design/time";
import { Chart } from "./Chart";
import styles from "./OverviewPage.module.css";
import { charted } from "./series";

/** Seconds at which an axis of durations may have its marks: 50 s, 1 m 15 s, 1 m 40 s are round to nobody. */
const SPANS = [
  0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800,
  3_600, 7_200, 14_400, 21_600, 43_200, 86_400, 172_800, 604_800, 2_592_000,
];
const TITLES = ["Throughput", "Duration", "Failures"];

export function Charts({ window }: { window: Window }) {
  const { data, error, refetch, dataUpdatedAt } = useQuery({
    ...statsQuery(window),
    placeholderData: keepPreviousData,
  });
  const drawn = useMemo(() => data && charted(data, dataUpdatedAt), [data, dataUpdatedAt]);
  if (!drawn || !data) {
    if (error)
      return (
        <Card flush title="Charts">
          <ErrorState
            small
            title="The series could not be read"
            error={error}
            onRetry={() => void refetch()}
          />
        </Card>
      );
    return (
      <div className={styles.charts}>
        {TITLES.map((title) => (
          <Card key={title} title={title}>
            <Skeleton height="11rem" />
          </Card>
        ))}
      </div>
    );
  }
  const { at, totals } = drawn;
  const shown = (count: number) => figure(count, data.approximate);
  return (
    <div className={styles.charts}>
      <Chart
        title={`Throughput per ${each(data.bucketSeconds)}`}
        at={at}
        format={(value) => figure(value)}
        none="Nothing started or ended"
        lines={[
          {
            name: "Started",
            color: "--ink-2",
            dashed: true,
            values: drawn.started,
            whole: shown(totals.started),
          },
          {
            name: "Completed",
            color: "--completed",
            values: drawn.completed,
            whole: shown(total(drawn.completed)),
          },
          { name: "Failed", color: "--failed", values: drawn.failed, whole: shown(totals.failed) },
        ]}
      />
      <Chart
        title="Duration"
        steps={SPANS}
        at={at}
        format={(value) => (value === 0 ? "0" : span(value * 1_000))}
        none="Nothing ended"
        lines={[
          { name: "p95", color: "--ink", values: drawn.p95, whole: latest(drawn.p95) },
          { name: "p50", color: "--ink-3", dashed: true, values: drawn.p50, whole: latest(drawn.p50) },
        ]}
      />
      <Chart
        title="Failures"
        at={at}
        format={(value) => `${Math.round(value * 10) / 10} %`}
        none={totals.ended > 0 ? "None failed" : "Nothing ended"}
        lines={[
          {
            name: "Failed",
            color: "--failed",
            filled: true,
            values: drawn.failureRate,
            whole: percent(totals.failed, totals.ended),
          },
        ]}
      />
    </div>
  );
}

function each(seconds: number): string {
  return seconds === 60 ? "minute" : span(seconds * 1_000);
}

function total(column: readonly (number | null)[]): number {
  return column.reduce<number>((sum, value) => sum + (value ?? 0), 0);
}

/** Percentiles of spans do not add up to one of the whole; the latest is told. */
function latest(column: readonly (number | null)[]): string {
  const value = column.findLast((each) => each !== null);
  return value == null ? "–" : `${duration(value * 1_000)} lately`;
}
