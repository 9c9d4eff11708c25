/** What can be done to the rows that are chosen; here only while some are. */
import { useMe } from "../../api/queries";
import type { Execution } from "../../api/types";
import { Button } from "../../design/Button";
import { ACTS, type Act, ALL_ACTS, canBeDone } from "./acts";
import styles from "./SelectionBar.module.css";

interface Props {
  rows: readonly Execution[];
  onAct(act: Act): void;
  onClear(): void;
}

export function SelectionBar({ rows, onAct, onClear }: Props) {
  const { may } = useMe();
  return (
    <div className={styles.bar} role="toolbar" aria-label="Selected workflows">
      <span className={styles.count}>{rows.length.toLocaleString()} selected</span>
      {ALL_ACTS.filter((act) => may(act)).map((act) => {
        const able = rows.filter((row) => canBeDone(act, row)).length;
        return (
          <Button
            key={act}
            small
            icon={ACTS[act].icon}
            disabled={able === 0}
            title={able === 0 ? `None of them can be: ${ACTS[act].name.toLowerCase()}` : undefined}
            onClick={() => onAct(act)}
          >
            {ACTS[act].name}
            {able > 0 && able < rows.length && ` ${able}`}
          </Button>
        );
      })}
      <Button small look="ghost" icon="close" onClick={onClear}>
        Clear
      </Button>
    </div>
  );
}
