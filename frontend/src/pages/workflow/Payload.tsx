/** A JSON value to read: folded where it is long, to unfold at a press; copied whole. */
import { useState } from "react";
import { CopyButton } from "../../design/CopyId";
import { Icon } from "../../design/Icon";
import styles from "./Payload.module.css";
import { firstFold, type PayloadLine, payloadLines, payloadText, STRING_MAX } from "./payload";
import { Rows } from "./Rows";

const ROW = 20;
/** More lines than these scroll by themselves, virtualised. */
const PLAIN_MAX = 120;

interface Props {
  /** Of what, for screen readers: "input". */
  what: string;
  value: unknown;
  hidden?: boolean;
}

export function Payload({ what, value, hidden }: Props) {
  if (hidden)
    return (
      <p className={styles.hidden}>
        <Icon name="hidden" /> Hidden: you may not see payloads.
      </p>
    );
  if (value === undefined || value === null) return <p className={styles.none}>none</p>;
  return <Shown what={what} value={value} />;
}

function Shown({ what, value }: { what: string; value: unknown }) {
  const [start] = useState(() => firstFold(value));
  const [turned, setTurned] = useState<ReadonlySet<string>>(new Set());
  const lines = payloadLines(value, (path, depth) => depth >= start !== turned.has(path));
  const turn = (path: string) => {
    const next = new Set(turned);
    if (!next.delete(path)) next.add(path);
    setTurned(next);
  };
  return (
    <div className={styles.payload}>
      <div className={styles.copy}>
        <CopyButton text={payloadText(value)} what={what} />
      </div>
      {lines.length > PLAIN_MAX ? (
        <Rows
          label={what}
          className={styles.long}
          count={lines.length}
          rowHeight={ROW}
          onSelect={(index) => lines[index] && lines[index].size > 0 && turn(lines[index].path)}
          row={(index) => lines[index] && <Line line={lines[index]} />}
        />
      ) : (
        <div className={styles.lines}>
          {lines.map((line) => (
            <div key={`${line.path}${line.kind === "close" ? "/" : ""}`}>
              <Line line={line} onTurn={() => turn(line.path)} />
            </div>
          ))}
        </div>
      )}
    </div>
  );
}

function Line({ line, onTurn }: { line: PayloadLine; onTurn?: (() => void) | undefined }) {
  const { depth, key, kind, text, size, comma, preview } = line;
  const canTurn = kind === "open" || kind === "folded";
  const cut = text.length > STRING_MAX;
  return (
    <code className={styles.line} style={{ paddingLeft: `${depth * 2}ch` }}>
      {canTurn && size > 0 && depth > 0 && <Turn line={line} onTurn={onTurn} />}
      {key && <span className={styles.key}>{key}: </span>}
      <span data-kind={kind}>{cut ? text.slice(0, STRING_MAX) : text}</span>
      {cut && <i>… {(text.length - STRING_MAX).toLocaleString()} more characters; a copy has them</i>}
      {comma && ","}
      {kind === "folded" && <span className={styles.size}> {size}</span>}
      {preview && <span className={styles.preview}>{preview}</span>}
    </code>
  );
}

/** Within a list of rows the row itself is what is pressed. */
function Turn({ line, onTurn }: { line: PayloadLine; onTurn: (() => void) | undefined }) {
  const isOpen = line.kind === "open";
  const mark = <Icon name={isOpen ? "down" : "right"} size={12} />;
  if (!onTurn) return <span className={styles.turn}>{mark}</span>;
  return (
    <button
      type="button"
      className={styles.turn}
      onClick={onTurn}
      aria-expanded={isOpen}
      aria-label={`${line.key || "element"}: ${line.size} inside`}
    >
      {mark}
    </button>
  );
}
