/** What the list of workers is narrowed by; all of it is in the URL. */
import type { Worker } from "../../api/types";
import { Select, TextField } from "../../design/Field";
import styles from "./Workers.module.css";
import type { WorkerFilters } from "./workers";

interface Props {
  value: WorkerFilters;
  /** All that are connected: their queues are offered. */
  workers: readonly Worker[];
  onChange(part: WorkerFilters): void;
}

export function Filters({ value, workers, onChange }: Props) {
  const names = workers.map(({ taskQueue }) => taskQueue);
  const queues = [...new Set(value.taskQueue ? [...names, value.taskQueue] : names)].sort();
  return (
    <search className={styles.filters} aria-label="Filters">
      <TextField
        type="search"
        label="Identity, type or build"
        hideLabel
        placeholder="Find by identity, type or build"
        value={value.q ?? ""}
        onChange={(event) => onChange({ q: event.target.value || undefined })}
      />
      <Select
        label="Queue"
        hideLabel
        value={value.taskQueue ?? ""}
        onChange={(event) => onChange({ taskQueue: event.target.value || undefined })}
      >
        <option value="">All queues</option>
        {queues.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </Select>
      <Select
        label="Kind"
        hideLabel
        value={value.kind ?? ""}
        onChange={(event) => onChange({ kind: event.target.value || undefined })}
      >
        <option value="">Both kinds</option>
        <option value="WORKFLOW">Workflow tasks</option>
        <option value="ACTIVITY">Activities</option>
      </Select>
    </search>
  );
}
