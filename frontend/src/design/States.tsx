/** What a page shows instead of its content: it is coming, there is none, it cannot be had. */
import type { ReactNode } from "react";
import { Button } from "./Button";
import { classes } from "./classes";
import { Icon } from "./Icon";
import styles from "./States.module.css";
import { visible } from "./visible";

/** Of the size of what will stand there, so that nothing moves when it does. */
export function Skeleton({
  width = "100%",
  height = "1em",
}: {
  width?: string | number;
  height?: string | number;
}) {
  return <span className={styles.skeleton} style={{ width, height }} aria-hidden="true" />;
}

/** Says to screen readers what is being loaded. */
export function SkeletonLines({ lines = 6, label = "Loading" }: { lines?: number; label?: string }) {
  return (
    <div className={styles.lines} role="status" aria-label={label}>
      {Array.from({ length: lines }, (_, line) => (
        <Skeleton key={line} width={`${92 - ((line * 17) % 40)}%`} />
      ))}
    </div>
  );
}

/** What would be here, and what to do so that it is. */
export function Empty({
  title,
  children,
  actions,
}: {
  title: string;
  children?: ReactNode;
  actions?: ReactNode;
}) {
  return (
    <div className={styles.state}>
      <h2>{title}</h2>
      {children && <div className={styles.prose}>{children}</div>}
      {actions && <div className={styles.actions}>{actions}</div>}
    </div>
  );
}

interface ErrorProps {
  title: string;
  /** An Error's message is shown as what happened. */
  error?: unknown;
  children?: ReactNode;
  onRetry?(): void;
  actions?: ReactNode;
  /** A part of a page: others beside it say the same. */
  small?: boolean;
}

export function ErrorState({ title, error, children, onRetry, actions, small = false }: ErrorProps) {
  return (
    <div className={classes(styles.state, small && styles.small)} role="alert">
      <h2>
        <span className={styles.failed}>
          <Icon name="attention" />
        </span>
        {title}
      </h2>
      <div className={styles.prose}>
        {error instanceof Error && <p>{visible(error.message)}</p>}
        {children}
      </div>
      {(onRetry || actions) && (
        <div className={styles.actions}>
          {onRetry && (
            <Button icon="refresh" small={small} onClick={onRetry}>
              Try again
            </Button>
          )}
          {actions}
        </div>
      )}
    </div>
  );
}
