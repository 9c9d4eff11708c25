/** What the audit is narrowed by. What is typed goes into the URL after a pause. */
import { useEffect, useId, useState } from "react";
import { Button } from "../../design/Button";
import { TextField } from "../../design/Field";
import { asInstant, asLocal } from "../workflows/filters";
import styles from "./Audit.module.css";
import { ACTIONS, type FilterName, type Filters } from "./filters";

const PAUSE_MS = 400;

interface Props {
  filters: Filters;
  onChange(name: FilterName, value: string): void;
  onClear(): void;
}

export function AuditFilters({ filters, onChange, onClear }: Props) {
  return (
    <search className={styles.filters} aria-label="Filters">
      <Typed name="who" label="Who" filters={filters} onChange={onChange} />
      <Typed name="workflowId" label="Workflow id" filters={filters} onChange={onChange} />
      <Typed name="action" label="Action" offered={ACTIONS} filters={filters} onChange={onChange} />
      <TextField
        type="datetime-local"
        label="Before"
        value={asLocal(filters.before)}
        onChange={(event) => onChange("before", asInstant(event.target.value))}
      />
      {Object.keys(filters).length > 0 && (
        <Button look="ghost" icon="close" onClick={onClear}>
          Clear
        </Button>
      )}
    </search>
  );
}

interface TypedProps {
  name: FilterName;
  label: string;
  offered?: readonly string[];
  filters: Filters;
  onChange: Props["onChange"];
}

function Typed({ name, label, offered, filters, onChange }: TypedProps) {
  const held = filters[name] ?? "";
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
      list={offered ? list : undefined}
      onChange={(event) => setText(event.target.value)}
    >
      {offered && (
        <datalist id={list}>
          {offered.map((each) => (
            <option key={each} value={each} />
          ))}
        </datalist>
      )}
    </TextField>
  );
}
