/** Nothing is wrong: what was looked for is said, so that it can be believed. */
import type { Trouble } from "../../api/types";
import { Icon } from "../../design/Icon";
import styles from "./Attention.module.css";

export function Calm({ troubles }: { troubles: readonly Trouble[] }) {
  return (
    <section className={styles.calm} aria-label="Nothing needs attention">
      <h2>
        <span className={styles.good}>
          <Icon name="check" size={20} />
        </span>
        Nothing needs you
      </h2>
      <p>
        Executions that wait for a signal or a timer in good order are not told here, however long they wait.
      </p>
      <ul>
        {troubles.map(({ kind, title }) => (
          <li key={kind}>
            <span>{title}</span> <span>none</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
