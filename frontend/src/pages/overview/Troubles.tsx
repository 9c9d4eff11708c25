/** What needs somebody, in short; the page about it says more. Nothing found is said, too: it is what one hopes to read. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { attentionQuery } from "../../api/queries";
import { buttonClass } from "../../design/Button";
import { Card } from "../../design/Card";
import { ErrorState, Skeleton } from "../../design/States";
import styles from "./OverviewPage.module.css";

export function Troubles() {
  const { data, error, refetch } = useQuery(attentionQuery);
  const found = data?.troubles.filter((trouble) => trouble.found > 0) ?? [];
  return (
    <Card
      flush
      title="Needs attention"
      actions={
        <Link to="/attention" className={buttonClass("ghost", true)}>
          Look
        </Link>
      }
    >
      {!data && error && (
        <ErrorState small title="It could not be found out" error={error} onRetry={() => void refetch()} />
      )}
      {!data && !error && (
        <div className={styles.pad}>
          <Skeleton width="60%" />
        </div>
      )}
      {data && found.length === 0 && <p className={styles.calm}>Nothing is stuck, parked or overdue.</p>}
      {found.length > 0 && (
        <ul className={styles.lines}>
          {found.map((trouble) => (
            <li key={trouble.kind}>
              <Link to="/attention" hash={trouble.kind} className={styles.line}>
                <span className={styles.text}>{trouble.title}</span>
                <b className={styles.alarm}>
                  {trouble.found.toLocaleString()}
                  {trouble.bounded && "+"}
                </b>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
