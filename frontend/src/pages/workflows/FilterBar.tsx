/** What the list is narrowed by, besides the status. What is typed goes into the URL after a pause, and only if the API would
 * take it; until then the field says what is wrong. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useId, useState } from "react";
import { queuesQuery, workersQuery } from "../../api/queries";
import type { Execution } from "../../api/types";
import { Button } from "../../design/Button";
import { classes } from "../../design/classes";
import { TextField } from "../../design/Field";
import styles from "./FilterBar.module.css";
import { asInstant, asLocal, type FilterName, type Filters, filtersOf } from "./filters";

const PAUSE_MS = 300;

interface Props {
  filters: Filters;
  /** What is offered besides what workers register. */
  rows: readonly Execution[];
  onChange(name: FilterName, value: string): void;
  onClear(): void;
}

export function FilterBar({ filters, rows, onChange, onClear }: Props) {
  const [shown, setShown] = useState(false);
  const rest = classes(styles.rest, shown && styles.shown);
  const set = Object.keys(filters).filter((name) => name !== "status" && name !== "idPrefix").length;
  const { types, queues } = useSuggestions(rows);
  return (
    <search className={styles.bar} aria-label="Filters">
      <Typed name="idPrefix" label="Id begins with" id="id-prefix" filters={filters} onChange={onChange} />
      <Button className={styles.toggle} icon="filter" aria-expanded={shown} onClick={() => setShown(!shown)}>
        Filters{set > 0 && ` (${set})`}
      </Button>
      <div className={rest}>
        <Typed name="workflowName" label="Type" offered={types} filters={filters} onChange={onChange} />
      </div>
      <div className={rest}>
        <Typed name="taskQueue" label="Queue" offered={queues} filters={filters} onChange={onChange} />
      </div>
      {(["startedAfter", "startedBefore"] as const).map((name) => (
        <div key={name} className={rest}>
          <TextField
            type="datetime-local"
            label={name === "startedAfter" ? "Started after" : "Started before"}
            value={asLocal(filters[name])}
            onChange={(event) => onChange(name, asInstant(event.target.value))}
          />
        </div>
      ))}
      {Object.keys(filters).length > 0 && (
        <div className={rest}>
          <Button look="ghost" icon="close" onClick={onClear}>
            Clear
          </Button>
        </div>
      )}
    </search>
  );
}

interface TypedProps {
  name: FilterName;
  label: string;
  id?: string;
  offered?: readonly string[];
  filters: Filters;
  onChange(name: FilterName, value: string): void;
}

function Typed({ name, label, id, offered = [], filters, onChange }: TypedProps) {
  const held = filters[name] ?? "";
  const [text, setText] = useState(held);
  const list = useId();
  useEffect(() => setText(held), [held]);
  const fits = text.trim() === "" || filtersOf({ [name]: text })[name] !== undefined;
  useEffect(() => {
    if (!fits || text.trim() === held) return;
    const timer = setTimeout(() => onChange(name, text.trim()), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [fits, text, held, name, onChange]);
  return (
    <TextField
      type="search"
      label={label}
      value={text}
      list={offered.length > 0 ? list : undefined}
      error={fits ? undefined : "Only A-Z a-z 0-9 . _ : @ + -"}
      onChange={(event) => setText(event.target.value)}
      {...(id ? { id } : {})}
    >
      {offered.length > 0 && (
        <datalist id={list}>
          {offered.map((each) => (
            <option key={each} value={each} />
          ))}
        </datalist>
      )}
    </TextField>
  );
}

function useSuggestions(rows: readonly Execution[]): { types: string[]; queues: string[] } {
  const workers = useQuery({ ...workersQuery(), refetchInterval: false }).data?.workers ?? [];
  const queues = useQuery({ ...queuesQuery, refetchInterval: false }).data?.taskQueues ?? [];
  const types = workers.flatMap((worker) => (worker.kind === "WORKFLOW" ? worker.types : []));
  return {
    types: sorted([...types, ...rows.slice(0, 200).map((row) => row.workflowName)]),
    queues: sorted([
      ...queues.map((queue) => queue.taskQueue),
      ...rows.slice(0, 200).map((row) => row.taskQueue),
    ]),
  };
}

function sorted(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}
