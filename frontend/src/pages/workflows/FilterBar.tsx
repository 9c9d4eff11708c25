/** What the list is narrowed by, besides the status. What is typed goes into the URL after a pause, even if the API would
 * not take it: the list of the filters before would pass for what was asked. The field says what is wrong. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useId, useState } from "react";
import { queuesQuery, workersQuery } from "../../api/queries";
import type { Execution } from "../../api/types";
import { Button } from "../../design/Button";
import { classes } from "../../design/classes";
import { TextField } from "../../design/Field";
import { quoted } from "../../design/visible";
import styles from "./FilterBar.module.css";
import { asInstant, asLocal, type FilterName, filtersOf, unreadableOf } from "./filters";

const PAUSE_MS = 300;

type Search = Record<string, string | undefined>;

interface Props {
  /** What the URL says, whether it can be read or not. */
  search: Search;
  /** What is offered besides what workers register. */
  rows: readonly Execution[];
  onChange(name: FilterName, value: string): void;
  onClear(): void;
}

export function FilterBar({ search, rows, onChange, onClear }: Props) {
  const [shown, setShown] = useState(false);
  const rest = classes(styles.rest, shown && styles.shown);
  const filters = filtersOf(search);
  const given = Object.keys(search).filter((name) => search[name]?.trim());
  const set = given.filter((name) => name !== "status" && name !== "idPrefix").length;
  const { types, queues } = useSuggestions(rows);
  return (
    <search className={styles.bar} aria-label="Filters">
      <Typed name="idPrefix" label="Id begins with" id="id-prefix" search={search} onChange={onChange} />
      <Button className={styles.toggle} icon="filter" aria-expanded={shown} onClick={() => setShown(!shown)}>
        Filters{set > 0 && ` (${set})`}
      </Button>
      <div className={rest}>
        <Typed name="workflowName" label="Type" offered={types} search={search} onChange={onChange} />
      </div>
      <div className={rest}>
        <Typed name="taskQueue" label="Queue" offered={queues} search={search} onChange={onChange} />
      </div>
      {(["startedAfter", "startedBefore"] as const).map((name) => (
        <div key={name} className={rest}>
          <TextField
            type="datetime-local"
            label={name === "startedAfter" ? "Started after" : "Started before"}
            value={asLocal(filters[name])}
            error={faultOf(name, search[name])}
            onChange={(event) => onChange(name, asInstant(event.target.value))}
          />
        </div>
      ))}
      {given.length > 0 && (
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
  search: Search;
  onChange(name: FilterName, value: string): void;
}

function Typed({ name, label, id, offered = [], search, onChange }: TypedProps) {
  const held = search[name]?.trim() ?? "";
  const [text, setText] = useState(held);
  const list = useId();
  useEffect(() => setText(held), [held]);
  useEffect(() => {
    if (text.trim() === held) return;
    const timer = setTimeout(() => onChange(name, text.trim()), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, held, name, onChange]);
  return (
    <TextField
      type="search"
      label={label}
      value={text}
      list={offered.length > 0 ? list : undefined}
      error={faultOf(name, text)}
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

/** What is wrong with what stands in a field. */
function faultOf(name: FilterName, value: string | undefined): string | undefined {
  const [fault] = unreadableOf({ [name]: value });
  return fault && `${quoted(fault.value)} ${fault.rule}`;
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
