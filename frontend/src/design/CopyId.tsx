/** An identifier in mono that can be copied whole, however much of it there is room for. */
import { type ReactNode, useEffect, useState } from "react";
import styles from "./CopyId.module.css";
import { classes } from "./classes";
import { Icon } from "./Icon";
import { visible } from "./visible";

interface Props {
  id: string;
  /** Of what, for screen readers: "workflow id". */
  what: string;
  /** Goes on in a second line where there is no room for it; it is cut off otherwise. */
  whole?: boolean;
  /** Shown instead of the id, such as a link with it. */
  children?: ReactNode;
}

export function CopyId({ id, what, whole, children }: Props) {
  return (
    <span className={styles.id}>
      <span className={classes(styles.text, whole && styles.whole)} title={visible(id)}>
        {children ?? visible(id)}
      </span>
      <CopyButton text={id} what={what} />
    </span>
  );
}

const TOLD_MS = 1_500;

export function CopyButton({ text, what }: { text: string; what: string }) {
  const [told, setTold] = useState<"" | "Copied" | "Cannot copy">("");
  useEffect(() => {
    if (!told) return;
    const timer = setTimeout(() => setTold(""), TOLD_MS);
    return () => clearTimeout(timer);
  }, [told]);
  const copy = () =>
    copyText(text).then(
      () => setTold("Copied"),
      () => setTold("Cannot copy"),
    );
  return (
    <button
      type="button"
      className={styles.copy}
      onClick={copy}
      title={told || `Copy ${what}`}
      aria-label={`Copy ${what}`}
    >
      <Icon name={told === "Copied" ? "check" : told ? "close" : "copy"} size={14} />
      <span className="visually-hidden" role="status">
        {told}
      </span>
    </button>
  );
}

/** Browsers give pages served without TLS no clipboard: told as a failure. */
async function copyText(text: string): Promise<void> {
  if (!navigator.clipboard) throw new Error("no clipboard");
  await navigator.clipboard.writeText(text);
}
