/** The history as JSON, as the server wrote it: every line can be looked at, all of it copied or downloaded. */
import { Button } from "../../design/Button";
import { toast } from "../../design/toasts";
import { visible } from "../../design/visible";
import type { RunHistory } from "./history";
import styles from "./JsonView.module.css";
import { Rows } from "./Rows";

const ROW = 20;
/** Characters of a line that are drawn; a copy has all of them. */
const DRAWN = 2_000;

export function JsonView({ history, name }: { history: RunHistory; name: string }) {
  const { lines, head } = history;
  const whole = () => `[\n${head.events.map((event) => event.text).join(",\n")}\n]\n`;
  const copy = () =>
    navigator.clipboard?.writeText(whole()).then(
      () => toast("done", "History copied", `${head.events.length.toLocaleString()} events`),
      () => toast("failed", "The browser does not let this page copy", "Download it instead."),
    ) ?? toast("failed", "The browser lets pages copy over HTTPS only", "Download it instead.");
  return (
    <>
      <div className={styles.bar}>
        <span className={styles.note} role="status">
          {history.isWhole
            ? `${head.events.length.toLocaleString()} events`
            : `${head.events.length.toLocaleString()} of ${history.total.toLocaleString()} events read`}
        </span>
        {!history.isWhole && (
          <progress
            className={styles.progress}
            aria-label="Events read"
            value={head.events.length}
            max={history.total || 1}
          />
        )}
        <Button small icon="copy" disabled={!history.isWhole} onClick={() => void copy()}>
          Copy
        </Button>
        <Button
          small
          icon="download"
          disabled={!history.isWhole}
          onClick={() => download(`${name}.json`, whole())}
        >
          Download
        </Button>
      </div>
      <Rows
        label="History as JSON"
        count={lines.count}
        rowHeight={ROW}
        className={styles.view}
        row={(line) => <Line number={line + 1} text={lines.text(line, head.events)} />}
      />
    </>
  );
}

function Line({ number, text }: { number: number; text: string }) {
  const key = /^( *)("(?:[^"\\]|\\.)*": )?(.*)$/s.exec(visible(text.slice(0, DRAWN)));
  return (
    <span className={styles.line}>
      <span className={styles.number} aria-hidden="true">
        {number}
      </span>
      <code>
        {key?.[1]}
        <span className={styles.key}>{key?.[2]}</span>
        {key?.[3]}
        {text.length > DRAWN && <i> … {(text.length - DRAWN).toLocaleString()} more characters</i>}
      </code>
    </span>
  );
}

function download(name: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = name.replaceAll(/[^A-Za-z0-9._-]/g, "_");
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
