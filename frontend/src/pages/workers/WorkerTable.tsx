/** Workers by process, with what each serves and how busy it is. */
import { Link } from "@tanstack/react-router";
import type { Worker } from "../../api/types";
import { CopyId } from "../../design/CopyId";
import { Cell, type Column, Group, GroupTable } from "../../design/GroupTable";
import { Meter } from "../../design/Meter";
import { RelativeTime } from "../../design/Time";
import { Types } from "./Types";
import styles from "./Workers.module.css";
import { byIdentity, lineKey, slotsInWords } from "./workers";

const COLUMNS: readonly Column[] = [
  { name: "Worker" },
  { name: "Queue" },
  { name: "Serves" },
  { name: "Slots" },
  { name: "Engine" },
  { name: "Connected", number: true },
];

/** `queueKnown`: the page is about one queue, which need not be named in each line. */
export function WorkerTable({ workers, queueKnown }: { workers: readonly Worker[]; queueKnown?: boolean }) {
  return (
    <GroupTable label="Workers" columns={COLUMNS.filter(({ name }) => !(queueKnown && name === "Queue"))}>
      {byIdentity(workers).map(({ identity, lines }) => (
        <Group
          key={identity}
          lines={lines}
          keyOf={lineKey}
          name={
            <>
              <CopyId id={identity} what="identity" />
              <Build lines={lines} />
            </>
          }
        >
          {(worker) => <Line worker={worker} queueKnown={queueKnown ?? false} />}
        </Group>
      ))}
    </GroupTable>
  );
}

function Build({ lines }: { lines: readonly Worker[] }) {
  const builds = [...new Set(lines.map(({ build }) => build).filter(Boolean))];
  return builds.length > 0 ? <div className={styles.dim}>build {builds.join(", ")}</div> : null;
}

function Line({ worker, queueKnown }: { worker: Worker; queueKnown: boolean }) {
  return (
    <>
      {!queueKnown && (
        <Cell of="Queue">
          <Link to="/queues/$name" params={{ name: worker.taskQueue }}>
            {worker.taskQueue}
          </Link>
        </Cell>
      )}
      <Cell wide>
        <Types worker={worker} />
      </Cell>
      <Cell of="Slots" wide>
        <Meter
          used={worker.inFlight}
          total={worker.slots}
          text={slotsInWords(worker)}
          label={`Slots of ${worker.identity}`}
        />
      </Cell>
      <Cell of="Engine" wide>
        <span className={styles.engine}>
          <span className={styles.dim}>{worker.streaming ? "streams from" : "polls"}</span> {worker.engine}
        </span>
      </Cell>
      <Cell of="Connected" number>
        <RelativeTime at={worker.connectedAt} />
      </Cell>
    </>
  );
}
