/** How a thing stands, by shape and colour; the words are for screen readers and the pointer. */
import styles from "./GroupMark.module.css";
import type { Group } from "./groups";

const WORDS = {
  open: "under way",
  retrying: "failed, will be tried again",
  done: "done",
  failed: "failed",
  canceled: "canceled",
  mark: "",
} as const;

const SHAPES = {
  open: <circle cx="7" cy="7" r="4" />,
  retrying: <path d="M3 7a4 4 0 1 0 1.4-3M3 2.5V5h2.5" />,
  done: <path d="M3 7.5 6 10.5l5-6.5" />,
  failed: <path d="M3.5 3.5l7 7M10.5 3.5l-7 7" />,
  canceled: <path d="M3 7h8" />,
  mark: <path d="M7 5.5v3M5.5 7h3" />,
} as const;

export function stateWords(group: Group): string {
  if (group.kind === "wait" && group.state === "failed") return "nothing came in time";
  return WORDS[group.state];
}

export function GroupMark({ group }: { group: Group }) {
  const words = stateWords(group);
  return (
    <span className={styles.mark} data-state={group.state} data-kind={group.kind} title={words || undefined}>
      <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">
        {group.kind === "signal" ? <path d="M7 2.5 11.5 7 7 11.5 2.5 7z" /> : SHAPES[group.state]}
      </svg>
      {words && <span className="visually-hidden">{words}</span>}
    </span>
  );
}
