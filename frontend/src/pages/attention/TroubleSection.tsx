/** One kind of trouble: how much of it was found, what it means, and each finding with what to do about it. */
import { useState } from "react";
import type { Trouble } from "../../api/types";
import { Button } from "../../design/Button";
import { useStill } from "../../design/still";
import { adviceFor } from "../workflow/advice";
import styles from "./Attention.module.css";
import type { Asked } from "./asked";
import { FindingRow } from "./FindingRow";
import { counted, type Group, grouped, type Keyed, keyed } from "./groups";
import { kindOf } from "./kinds";

/** At first; a page of seven kinds with all of theirs would be long to read and to draw. */
const FIRST = 15;

interface Props {
  trouble: Trouble;
  onAct(asked: Asked): void;
}

const keyOf = ({ key }: Keyed) => key;

export function TroubleSection({ trouble, onAct }: Props) {
  const [all, setAll] = useState(false);
  const rows = useStill(keyed(trouble.findings), keyOf);
  if (rows.length === 0) return null;
  const shown = all ? rows : rows.slice(0, FIRST);
  return (
    <section className={styles.section} id={trouble.kind} aria-labelledby={`${trouble.kind}-title`}>
      <header className={styles.head}>
        <h2 id={`${trouble.kind}-title`}>
          {trouble.title} <span className={styles.count}>{counted(trouble)}</span>
        </h2>
        <p>{kindOf(trouble.kind).means}</p>
      </header>
      {grouped(trouble.kind, shown).map((group) => (
        <OneTrouble key={`${group.advice}${group.problem}`} kind={trouble.kind} group={group} onAct={onAct} />
      ))}
      <Rest trouble={trouble} hidden={rows.length - shown.length} onAll={() => setAll(true)} />
    </section>
  );
}

function OneTrouble({ kind, group, onAct }: { kind: string; group: Group; onAct: Props["onAct"] }) {
  const met = group.problem ? adviceFor(group.problem) : undefined;
  const [first = "", ...more] = group.problem.split("\n");
  return (
    <div className={styles.group}>
      <div className={styles.advice}>
        {met && <p className={styles.met}>{met.what}</p>}
        {first && <p className={styles.problem}>{first}</p>}
        {more.length > 0 && <pre className={styles.more}>{more.join("\n").trim()}</pre>}
        <p>{group.advice}</p>
      </div>
      <ul className={styles.findings}>
        {group.rows.map(({ key, row, goneAt }) => (
          <FindingRow key={key} kind={kind} finding={row.finding} gone={goneAt !== undefined} onAct={onAct} />
        ))}
      </ul>
    </div>
  );
}

/** What of all that was found is not in sight, and why. */
function Rest({ trouble, hidden, onAll }: { trouble: Trouble; hidden: number; onAll(): void }) {
  const unlisted = trouble.found - trouble.findings.length;
  if (hidden <= 0 && unlisted <= 0) return null;
  return (
    <footer className={styles.rest}>
      {hidden > 0 && (
        <Button small onClick={onAll}>
          Show {hidden} more
        </Button>
      )}
      {unlisted > 0 && (
        <span>
          The first {trouble.findings.length} of {counted(trouble)} are listed
          {trouble.bounded && "; more were not counted"}. Others follow as these are repaired.
        </span>
      )}
    </footer>
  );
}
