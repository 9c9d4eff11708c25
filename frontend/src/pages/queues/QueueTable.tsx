/** Queues with a line for each kind of task. Red is a line with work and nobody to do it. */
import { Link } from "@tanstack/react-router";
import type { TaskQueue } from "../../api/types";
import { figure } from "../../design/figures";
import { Cell, type Column, Group, GroupTable } from "../../design/GroupTable";
import { Meter } from "../../design/Meter";
import { duration } from "../../design/time";
import { visible } from "../../design/visible";
import styles from "./Queues.module.css";
import { isUnserved, KIND_NAMES, type Queue } from "./queues";

const COLUMNS: readonly Column[] = [
  { name: "Queue" },
  { name: "Work" },
  { name: "Waiting", number: true },
  { name: "Oldest", number: true },
  { name: "In flight", number: true },
  { name: "Workers", number: true },
  { name: "Slots in use" },
];

export function QueueTable({ queues }: { queues: readonly Queue[] }) {
  return (
    <GroupTable label="Task queues" columns={COLUMNS}>
      {queues.map((queue) => (
        <Group
          key={queue.name}
          lines={queue.lines}
          keyOf={(line) => line.kind}
          name={
            <Link to="/queues/$name" params={{ name: queue.name }}>
              {visible(queue.name)}
            </Link>
          }
        >
          {(line) => <Figures line={line} />}
        </Group>
      ))}
    </GroupTable>
  );
}

function Figures({ line }: { line: TaskQueue }) {
  const alarm = isUnserved(line) ? styles.alarm : undefined;
  const kind = KIND_NAMES[line.kind];
  return (
    <>
      <Cell wide>
        <span className={styles.kind}>{kind}</span>
      </Cell>
      <Cell of="Waiting" number>
        <span className={alarm ?? dimmed(line.backlog)}>{figure(line.backlog)}</span>
      </Cell>
      <Cell of="Oldest" number>
        <span className={alarm ?? dimmed(line.oldestAgeSeconds)}>{age(line)}</span>
      </Cell>
      <Cell of="In flight" number>
        <span className={dimmed(line.inFlight)}>{figure(line.inFlight)}</span>
      </Cell>
      <Cell of="Workers" number>
        <span className={alarm ?? dimmed(line.workers)}>{alarm ? "none" : figure(line.workers)}</span>
      </Cell>
      <Cell of="Slots in use">
        {line.slots > 0 ? (
          <Meter used={line.inFlight} total={line.slots} label={`Slots of ${line.taskQueue}, ${kind}`} />
        ) : (
          <span className={styles.dim}>–</span>
        )}
      </Cell>
    </>
  );
}

export function age(line: TaskQueue): string {
  return line.oldestAgeSeconds === null ? "–" : duration(wholeSeconds(line.oldestAgeSeconds));
}

/** What grows by the second is not told by the tenth. */
function wholeSeconds(seconds: number): number {
  return seconds < 10 ? Math.floor(seconds * 10) * 100 : Math.floor(seconds) * 1_000;
}

function dimmed(value: number | null): string | undefined {
  return value ? undefined : styles.dim;
}
