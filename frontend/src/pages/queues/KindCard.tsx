/** The figures of one kind of work in a queue. */
import type { TaskQueue } from "../../api/types";
import { Card } from "../../design/Card";
import { figure } from "../../design/figures";
import { Meter } from "../../design/Meter";
import styles from "./Queues.module.css";
import { age } from "./QueueTable";
import { isUnserved, KIND_NAMES } from "./queues";

export function KindCard({ line }: { line: TaskQueue }) {
  const kind = KIND_NAMES[line.kind];
  const alarm = isUnserved(line) ? styles.alarm : undefined;
  return (
    <Card title={kind}>
      <dl className={styles.figures}>
        <Figure name="Waiting" value={figure(line.backlog)} alarm={alarm} />
        <Figure name="Oldest" value={age(line)} alarm={alarm} />
        <Figure name="In flight" value={figure(line.inFlight)} />
        <Figure name="Workers" value={alarm ? "none" : figure(line.workers)} alarm={alarm} />
        <div className={styles.slots}>
          <dt className="visually-hidden">Slots in use</dt>
          <dd className={styles.slots}>
            {line.slots > 0 ? (
              <Meter
                used={line.inFlight}
                total={line.slots}
                text={`${figure(line.inFlight)} of ${figure(line.slots)} slots in use`}
                label={`Slots, ${kind}`}
              />
            ) : (
              <span className={styles.dim}>No slots</span>
            )}
          </dd>
        </div>
      </dl>
    </Card>
  );
}

function Figure({ name, value, alarm }: { name: string; value: string; alarm?: string | undefined }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className={alarm ?? (value === "0" || value === "–" ? styles.dim : undefined)}>{value}</dd>
    </div>
  );
}
