/** Where the messages of `toasts.ts` appear; rendered once, by the shell. Screen readers are told politely. */
import { useSyncExternalStore } from "react";
import { IconButton } from "./Button";
import { Icon } from "./Icon";
import styles from "./Toasts.module.css";
import { dismiss, toasts, watchToasts } from "./toasts";
import { visible } from "./visible";

export function Toasts() {
  const shown = useSyncExternalStore(watchToasts, toasts);
  return (
    <div className={styles.toasts} role="status" aria-live="polite">
      {shown.map((toast) => (
        <div key={toast.id} className={styles.toast}>
          <span className={styles.mark} data-tone={toast.tone}>
            <Icon name={toast.tone === "done" ? "check" : "attention"} />
          </span>
          <div className={styles.text}>
            <p className={styles.title}>{visible(toast.title)}</p>
            {toast.detail && <p className={styles.detail}>{visible(toast.detail)}</p>}
          </div>
          <IconButton icon="close" label="Dismiss" small onClick={() => dismiss(toast.id)} />
        </div>
      ))}
    </div>
  );
}
