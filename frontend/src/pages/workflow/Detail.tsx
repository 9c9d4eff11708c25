/** One thing of the history, in full: its events with all that they say. */
import { IconButton } from "../../design/Button";
import { CopyButton } from "../../design/CopyId";
import { absolute, duration } from "../../design/time";
import { visible } from "../../design/visible";
import { lineOf } from "./compact";
import styles from "./Detail.module.css";
import { exactAttributes, type FailureDocument, type HistoryEvent } from "./events";
import { FailureChain } from "./FailureChain";
import { GroupMark, stateWords } from "./GroupMark";
import type { Group } from "./groups";
import { Payload } from "./Payload";

/** Of something with thousands of attempts the first event and the last are shown. */
const MOST = 12;

interface Props {
  group: Group;
  hidden: boolean;
  onClose(): void;
}

export function Detail({ group, hidden, onClose }: Props) {
  const { what, name } = lineOf(group);
  const isLong = group.events.length > MOST;
  const shown = isLong ? [...group.events.slice(0, 1), ...group.events.slice(1 - MOST)] : group.events;
  const left = group.events.length - shown.length;
  return (
    <aside className={styles.detail} aria-label={`${what} ${name}`}>
      <header className={styles.header}>
        <GroupMark group={group} />
        <h3>
          {what} {name}
        </h3>
        <IconButton small icon="close" label="Close" onClick={onClose} />
      </header>
      <p className={styles.summary}>{summary(group)}</p>
      {left > 0 && (
        <p className={styles.summary}>
          The first and the last {MOST - 1} of its {group.events.length} events; the JSON has all.
        </p>
      )}
      {shown.map((event) => (
        <EventDetail key={event.number} event={event} since={shown[0]?.at ?? event.at} hidden={hidden} />
      ))}
    </aside>
  );
}

function summary(group: Group): string {
  const took = group.to !== null && group.to > group.from ? `took ${duration(group.to - group.from)}` : "";
  const attempts = group.attempt > 1 ? `${group.attempt} attempts` : "";
  const due = group.due !== null && group.to === null ? `due ${absolute(group.due)}` : "";
  return [stateWords(group), attempts, took, due, group.torn ? "its beginning is not read yet" : ""]
    .filter(Boolean)
    .join(" · ");
}

function EventDetail({ event, since, hidden }: { event: HistoryEvent; since: number; hidden: boolean }) {
  const fields = Object.entries(exactAttributes(event)).filter(([, value]) => !isBlank(value));
  return (
    <section className={styles.event} aria-label={`Event ${event.number}`}>
      <header className={styles.eventHeader}>
        <span className={styles.number}>{event.number}</span>
        <strong>{event.type}</strong>
        <CopyButton text={event.text} what={`event ${event.number} as JSON`} />
      </header>
      {!Number.isNaN(event.at) && (
        <p className={styles.time}>
          <time dateTime={new Date(event.at).toISOString()}>{absolute(event.at)}</time>
          {event.at > since && ` · + ${duration(event.at - since)}`}
        </p>
      )}
      <dl className={styles.fields}>
        {fields.map(([name, value]) => (
          <Attribute key={name} name={name} value={value} hidden={hidden} />
        ))}
      </dl>
    </section>
  );
}

function Attribute({ name, value, hidden }: { name: string; value: unknown; hidden: boolean }) {
  const isFailure = name === "failure";
  const isDeep = typeof value === "object" && value !== null && !("isLosslessNumber" in value);
  return (
    <div className={isDeep ? styles.deep : styles.plain}>
      <dt>{wordsOf(name)}</dt>
      <dd>
        {isFailure ? (
          <FailureChain failure={value as FailureDocument} hidden={hidden} />
        ) : isDeep ? (
          <Payload what={name} value={value} />
        ) : (
          <code>{visible(String(value))}</code>
        )}
      </dd>
    </div>
  );
}

/** `startToCloseSeconds` → `start to close, seconds`. */
function wordsOf(name: string): string {
  const words = name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return words.replace(/ seconds$/, ", seconds");
}

function isBlank(value: unknown): boolean {
  if (value === null || value === false || value === "") return true;
  return typeof value === "object" && !("isLosslessNumber" in value) && Object.values(value).every(isBlank);
}
