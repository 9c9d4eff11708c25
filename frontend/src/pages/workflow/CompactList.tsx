/** The history as a list: a line for each thing that happened, newest first. */
import { duration, timeOfDay } from "../../design/time";
import styles from "./CompactList.module.css";
import { lineOf, linesOf } from "./compact";
import { GroupMark } from "./GroupMark";
import type { Group } from "./groups";
import type { RunHistory } from "./history";
import { listing } from "./parts";
import { Rows } from "./Rows";

const ROW = 36;

interface Props {
  history: RunHistory;
  turns: boolean;
  selected: string | undefined;
  onSelect(id: string): void;
}

export function CompactList({ history, turns, selected, onSelect }: Props) {
  const lines = listing(history, (groups) => linesOf(groups, turns));
  const origin = history.head.groups.from;
  return (
    <Rows
      label="What happened, newest first"
      count={lines.count}
      above={lines.above}
      rowHeight={ROW}
      selected={lines.rowOf(selected)}
      onSelect={(row) => {
        const group = lines.at(row);
        if (group && group !== "missing") onSelect(group.id);
      }}
      row={(index) => {
        const group = lines.at(index);
        if (group === "missing") return <Missing events={history.missing} />;
        return group ? <Line group={group} origin={origin} /> : null;
      }}
    />
  );
}

export function Missing({ events }: { events: number }) {
  return <span className={styles.missing}>{events.toLocaleString()} events are being read …</span>;
}

function Line({ group, origin }: { group: Group; origin: number }) {
  const { what, name, note } = lineOf(group);
  const isShort = group.to === null || group.to === group.from;
  const since = group.from - origin;
  return (
    <span className={styles.line} data-kind={group.kind}>
      <span className={styles.number}>{group.number}</span>
      <GroupMark group={group} />
      <span className={styles.what}>{what}</span>
      <span className={styles.text}>
        <strong>{name}</strong> <span className={styles.note}>{note}</span>
      </span>
      <span className={styles.took}>{isShort ? "" : duration((group.to ?? 0) - group.from)}</span>
      <span
        className={styles.at}
        title={Number.isNaN(since) ? undefined : `${duration(since)} after the start`}
      >
        {Number.isNaN(group.from) ? "–" : timeOfDay(group.from)}
      </span>
    </span>
  );
}
