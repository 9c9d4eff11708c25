/** What most starts do without. */
import { Select, TextField } from "../../design/Field";
import { JsonField } from "../../design/JsonField";
import type { Draft, Faults, Unit } from "./request";
import styles from "./StartPage.module.css";

interface Props {
  draft: Draft;
  faults: Faults;
  onChange(part: Partial<Draft>): void;
}

export function More({ draft, faults, onChange }: Props) {
  return (
    <div className={styles.fields}>
      <div className={styles.pair}>
        <TextField
          label="Execution timeout"
          optional
          inputMode="decimal"
          hint="It ends as timed out when it takes longer."
          value={draft.timeout}
          error={faults.timeout}
          onChange={(event) => onChange({ timeout: event.target.value })}
        />
        <Select
          label="Unit"
          value={draft.timeoutUnit}
          onChange={(event) => onChange({ timeoutUnit: event.target.value as Unit })}
        >
          <option>seconds</option>
          <option>minutes</option>
          <option>hours</option>
          <option>days</option>
        </Select>
      </div>
      <Select
        label="If a run of this id is open"
        value={draft.workflowIdConflictPolicy}
        error={faults.workflowIdConflictPolicy}
        onChange={(event) => onChange({ workflowIdConflictPolicy: event.target.value })}
      >
        <option value="">Refuse (FAIL)</option>
        <option value="USE_EXISTING">Answer with that run (USE_EXISTING)</option>
      </Select>
      <Select
        label="If the last run of this id has ended"
        value={draft.workflowIdReusePolicy}
        error={faults.workflowIdReusePolicy}
        onChange={(event) => onChange({ workflowIdReusePolicy: event.target.value })}
      >
        <option value="">Start anew (ALLOW_DUPLICATE)</option>
        <option value="ALLOW_DUPLICATE_FAILED_ONLY">
          Only if it did not complete (ALLOW_DUPLICATE_FAILED_ONLY)
        </option>
        <option value="REJECT_DUPLICATE">Refuse (REJECT_DUPLICATE)</option>
      </Select>
      <JsonField
        label="Memo"
        optional
        rows={3}
        hint="An object, shown with the workflow."
        value={draft.memo}
        error={faults.memo}
        onChange={(memo) => onChange({ memo })}
      />
      <JsonField
        label="Search attributes"
        optional
        rows={3}
        hint="An object, shown with the workflow."
        value={draft.searchAttributes}
        error={faults.searchAttributes}
        onChange={(searchAttributes) => onChange({ searchAttributes })}
      />
    </div>
  );
}
