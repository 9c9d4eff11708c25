/** Why it was not started, and where the run is that stands in the way. */
import { Link } from "@tanstack/react-router";
import { ApiError } from "../../api/http";
import { Icon } from "../../design/Icon";
import { visible } from "../../design/visible";
import styles from "./StartPage.module.css";

export function Refused({ error, workflowId }: { error: Error | null; workflowId: string }) {
  if (!error) return null;
  const problem = error instanceof ApiError ? error.problem : undefined;
  const lost = error instanceof ApiError && error.status === 0;
  return (
    <div className={styles.refused} role="alert">
      <Icon name="attention" />
      <div>
        <p>{visible(error.message)}</p>
        {lost && <p>It may have been started all the same; to press again is safe, it starts once.</p>}
        {problem?.runId && workflowId && (
          <p>
            <Link to="/workflows/$id" params={{ id: workflowId }} search={{ runId: problem.runId }}>
              Go to that run
            </Link>
          </p>
        )}
      </div>
    </div>
  );
}
