/** A line for a shell, to be copied. */

import styles from "./Command.module.css";
import { CopyButton } from "./CopyId";

export function Command({ line }: { line: string }) {
  return (
    <span className={styles.command}>
      <code>{line}</code>
      <CopyButton text={line} what="command" />
    </span>
  );
}
