/** Instead of the rows: which filters of the address cannot be read. Rows of the others alone would be more than was asked for. */
import { Button } from "../../design/Button";
import { ErrorState } from "../../design/States";
import { quoted, visible } from "../../design/visible";
import type { Unreadable } from "./filters";
import styles from "./List.module.css";

interface Props {
  unreadable: readonly Unreadable[];
  onClear(): void;
}

export function UnreadableFilters({ unreadable, onClear }: Props) {
  return (
    <div className={styles.list}>
      <ErrorState
        title={unreadable.length === 1 ? "A filter cannot be read" : "Filters cannot be read"}
        actions={
          <Button look="solid" onClick={onClear}>
            Clear the filters
          </Button>
        }
      >
        {unreadable.map(({ name, value, rule }) => (
          <p key={name}>
            <code>{visible(name)}</code> {quoted(value)} {rule}.
          </p>
        ))}
        <p>No rows are shown, and nothing can be done to all that match, until it is mended.</p>
      </ErrorState>
    </div>
  );
}
