/** The frame of a page: its title (also the window's), a note beside it, what can be done, and the content. */
import { type ReactNode, useEffect } from "react";
import styles from "./Page.module.css";
import { visible } from "./visible";

interface Props {
  title: string;
  /** Shown instead of the plain title. */
  heading?: ReactNode;
  note?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

export function Page({ title, heading, note, actions, children }: Props) {
  useEffect(() => {
    document.title = `${visible(title)} · sched`;
  }, [title]);
  return (
    <div className={styles.page}>
      <header className={styles.header}>
        <div className={styles.title}>
          <h1>{heading ?? visible(title)}</h1>
          {note && <div className={styles.note}>{note}</div>}
        </div>
        {actions && <div className={styles.actions}>{actions}</div>}
      </header>
      {children}
    </div>
  );
}
