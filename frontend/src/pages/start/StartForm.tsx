/** The form: what is wrong stands beside the field it is about, found here or by the API. */
import { type FormEvent, useRef, useState } from "react";
import { ApiError } from "../../api/http";
import { Button } from "../../design/Button";
import { TextField } from "../../design/Field";
import { JsonField } from "../../design/JsonField";
import { More } from "./More";
import { Offered } from "./Offered";
import { Refused } from "./Refused";
import { type Draft, type Faults, faultsOf, told } from "./request";
import styles from "./StartPage.module.css";
import { useOffers } from "./useOffers";
import { useStart } from "./useStart";

const MORE = [
  "timeout",
  "memo",
  "searchAttributes",
  "workflowIdReusePolicy",
  "workflowIdConflictPolicy",
] as const;

export function StartForm({ initial }: { initial: Draft }) {
  const [draft, setDraft] = useState(initial);
  const [tried, setTried] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const offers = useOffers();
  const start = useStart();
  const own = faultsOf(draft);
  const faults: Faults = { ...refusedFields(start.error, start.variables ?? draft), ...(tried ? own : {}) };
  const change = (part: Partial<Draft>) => {
    setDraft((had) => ({ ...had, ...part }));
    if (start.isError) start.reset();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (Object.keys(own).length > 0) focusFirstFault(form.current);
    else if (!start.isPending) start.mutate(draft);
  };
  const queue = offers.queueOf(draft.workflowName.trim());
  return (
    <form ref={form} className={styles.form} onSubmit={submit} noValidate>
      <div className={styles.fields}>
        <Offered
          label="Type"
          offers={offers.types}
          hint={
            draft.workflowName.trim() &&
            !own.workflowName &&
            !offers.types.includes(draft.workflowName.trim()) &&
            UNKNOWN
          }
          value={draft.workflowName}
          error={faults.workflowName}
          onChange={(event) => change({ workflowName: event.target.value })}
        />
        <TextField
          label="Workflow id"
          optional
          mono
          hint="Left empty, one is made for it. An id of your own, such as the order's, keeps two from being started."
          value={draft.workflowId}
          error={faults.workflowId}
          onChange={(event) => change({ workflowId: event.target.value })}
        />
        <Offered
          label="Task queue"
          optional
          offers={offers.queues}
          placeholder="default"
          hint={
            queue && queue !== (draft.taskQueue.trim() || "default") && `Workers serve this type on: ${queue}`
          }
          value={draft.taskQueue}
          error={faults.taskQueue}
          onChange={(event) => change({ taskQueue: event.target.value })}
        />
        <JsonField
          label="Input"
          optional
          rows={8}
          hint='Any JSON value, such as "req-42" with its quotes, 42, or {"order": 4711}; the workflow gets it as it is written.'
          value={draft.input}
          error={faults.input}
          onChange={(input) => change({ input })}
        />
      </div>
      <details className={styles.more} open={MORE.some((name) => faults[name]) || undefined}>
        <summary>Timeout, policies, memo, search attributes</summary>
        <More draft={draft} faults={faults} onChange={change} />
      </details>
      <Refused error={start.error} workflowId={draft.workflowId.trim()} />
      <div className={styles.actions}>
        <Button type="submit" look="solid" icon="start" busy={start.isPending}>
          {start.isPending ? "Starting…" : "Start"}
        </Button>
      </div>
    </form>
  );
}

const UNKNOWN = "No worker has registered this type: it will wait until one does.";

/** The API's names are the form's, but for the timeout's. */
function refusedFields(error: unknown, sent: Draft): Faults {
  if (!(error instanceof ApiError)) return {};
  const faults = (error.problem.errors ?? []).map(({ field, rule }) => {
    const name = field === "executionTimeoutSeconds" ? "timeout" : field;
    const value = name in sent ? sent[name as keyof Draft] : "";
    return [name, told(value, rule)];
  });
  return Object.fromEntries(faults) as Faults;
}

function focusFirstFault(form: HTMLFormElement | null): void {
  requestAnimationFrame(() => form?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
}
