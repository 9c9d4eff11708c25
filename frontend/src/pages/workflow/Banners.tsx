/** What the reader must know before anything else: why a run stands still, that it was asked to stop, that there is a newer one. */
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Description, Pending } from "../../api/types";
import { Button } from "../../design/Button";
import { Icon, type IconName } from "../../design/Icon";
import { RelativeTime } from "../../design/Time";
import { visible } from "../../design/visible";
import { adviceFor } from "./advice";
import styles from "./Banners.module.css";

interface Props {
  run: Description;
  pending: Pending | undefined;
  newer: string | undefined;
  isOld: boolean;
  again(): void;
}

export function Banners({ run, pending, newer, isOld, again }: Props) {
  const isOpen = run.status === "RUNNING";
  const problem = run.problem ?? pending?.workflowTask?.problem;
  return (
    <>
      {isOld && (
        <Banner icon="refresh">
          The server does not answer: this is how the run was when it last did.{" "}
          <Button small onClick={again}>
            Try again
          </Button>
        </Banner>
      )}
      {newer && (
        <Banner icon="retry">
          A newer run of this id has begun.{" "}
          <Link to="/workflows/$id" params={{ id: run.workflowId }} search={{ runId: newer }}>
            Show it
          </Link>
        </Banner>
      )}
      {problem && <Problem problem={problem} pending={pending} />}
      {isOpen && run.cancelRequested && (
        <Banner icon="cancel">It was asked to stop, and goes on until its code has cleaned up.</Banner>
      )}
    </>
  );
}

function Problem({ problem, pending }: { problem: string; pending: Pending | undefined }) {
  const { what, advice, said } = adviceFor(problem);
  const task = pending?.workflowTask;
  return (
    <Banner icon="attention" isBad>
      <strong>{visible(what)}.</strong> {advice}
      {task?.nextDeliveryAt && (
        <>
          {" "}
          Delivery {task.delivery + 1} of turn {task.turn} <RelativeTime at={task.nextDeliveryAt} />.
        </>
      )}
      {said && <pre className={styles.said}>{visible(said)}</pre>}
    </Banner>
  );
}

function Banner({ icon, isBad, children }: { icon: IconName; isBad?: boolean; children: ReactNode }) {
  return (
    <div className={styles.banner} data-bad={isBad || undefined} role={isBad ? "alert" : "status"}>
      <Icon name={icon} />
      <div className={styles.text}>{children}</div>
    </div>
  );
}
