/** A failure, cause by cause, outermost first. Stacks are folded: types and messages tell most of it. */

import { visible } from "../../design/visible";
import type { FailureDocument } from "./events";
import styles from "./FailureChain.module.css";
import { Payload } from "./Payload";

export function FailureChain({ failure, hidden }: { failure: FailureDocument; hidden: boolean }) {
  const chain: FailureDocument[] = [];
  for (let each: FailureDocument | null = failure; each; each = each.cause) chain.push(each);
  return (
    <ol className={styles.chain}>
      {chain.map((each, index) => (
        <li key={index} className={styles.cause}>
          {index > 0 && <span className={styles.because}>caused by</span>}
          <p className={styles.title}>
            <code>{visible(each.type || kindOf(each))}</code>
            {tellsMore(each) && <span className={styles.kind}>{kindOf(each)}</span>}
            {each.nonRetryable && <span className={styles.kind}>not to be retried</span>}
          </p>
          {each.message !== null ? (
            each.message && <p className={styles.message}>{visible(each.message)}</p>
          ) : (
            <p className={styles.kind}>Message and stack are hidden: you may not see payloads.</p>
          )}
          {each.details != null && <Payload what="details" value={each.details} hidden={hidden} />}
          {each.stackTrace && (
            <details>
              <summary>Stack</summary>
              <pre className={styles.stack} tabIndex={0}>
                {visible(each.stackTrace)}
              </pre>
            </details>
          )}
        </li>
      ))}
    </ol>
  );
}

/** Most are errors of an application's code, and "ActivityError" is one of an activity. */
function tellsMore(failure: FailureDocument): boolean {
  if (failure.timeout) return true;
  return (
    failure.kind !== "APPLICATION" && !failure.type?.toLowerCase().startsWith(failure.kind.toLowerCase())
  );
}

function kindOf(failure: FailureDocument): string {
  const kind = failure.kind.toLowerCase().replaceAll("_", " ");
  return failure.timeout ? `${kind}: ${failure.timeout.toLowerCase().replaceAll("_", "-")}` : kind;
}
