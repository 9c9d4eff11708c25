/** One finding: whom it is about (a link there), what is wrong, since when, and the acts that repair it. */
import { Link } from "@tanstack/react-router";
import { useMe } from "../../api/queries";
import type { Finding } from "../../api/types";
import { Button } from "../../design/Button";
import { Command } from "../../design/Command";
import { RelativeTime } from "../../design/Time";
import { visible } from "../../design/visible";
import { ACTS } from "../workflow/acts/acts";
import styles from "./Attention.module.css";
import type { Asked } from "./asked";
import { told } from "./groups";
import { commandOf, kindOf } from "./kinds";

interface Props {
  kind: string;
  finding: Finding;
  /** It is not found any more: shown for a moment, in its place. */
  gone: boolean;
  onAct(asked: Asked): void;
}

export function FindingRow({ kind, finding, gone, onAct }: Props) {
  const command = commandOf(kind, finding);
  return (
    <li className={styles.finding} data-gone={gone || undefined}>
      <span className={styles.about}>
        <About finding={finding} />
      </span>
      <span className={styles.what}>
        {gone ? "Not found any more." : visible(told(finding.what).own)}
        {command && !gone && <Command line={command} />}
      </span>
      <span className={styles.since}>
        <RelativeTime at={finding.since} />
      </span>
      <Acts kind={kind} finding={finding} gone={gone} onAct={onAct} />
    </li>
  );
}

function About({ finding: { workflowId, runId, taskQueue } }: { finding: Finding }) {
  if (workflowId)
    return (
      <Link to="/workflows/$id" params={{ id: workflowId }} search={runId ? { runId } : {}}>
        <code>{workflowId}</code>
      </Link>
    );
  if (taskQueue)
    return (
      <Link to="/queues/$name" params={{ name: taskQueue }}>
        {taskQueue}
      </Link>
    );
  // Its execution is gone, or cannot be read.
  return <code>{runId ?? "unknown"}</code>;
}

function Acts({ kind, finding, gone, onAct }: Props) {
  const { may } = useMe();
  const { workflowId, runId } = finding;
  if (!workflowId || !runId) return <span />;
  const offered = kindOf(kind).acts.flatMap((name) => ACTS.filter((act) => act.name === name && may(name)));
  return (
    <span className={styles.acts}>
      {offered.map((act) => (
        <Button
          key={act.name}
          small
          icon={act.icon}
          disabled={gone}
          aria-label={`${act.label} ${workflowId}`}
          onClick={() => onAct({ act: act.name, target: { workflowId, runId, status: "RUNNING" } })}
        >
          {act.label}
        </Button>
      ))}
    </span>
  );
}
