/** A native modal dialog: the browser keeps the focus inside, Escape closes it, what is behind is inert.
 *
 * It is open while it is rendered. `onClose` is called when the reader wants it closed (Escape, the cross, a press beside it).
 */
import { type FormEvent, type ReactNode, useEffect, useId, useRef } from "react";
import { SignedOut } from "../session/SignedOut";
import { IconButton } from "./Button";
import { classes } from "./classes";
import styles from "./Dialog.module.css";

interface Props {
  title: string;
  onClose(): void;
  children: ReactNode;
  /** Buttons, the one that acts last. */
  footer?: ReactNode;
  /** Makes the whole of it a form. */
  onSubmit?(): void;
  wide?: boolean;
}

export function Dialog({ title, onClose, children, footer, onSubmit, wide }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const element = dialog.current;
    const before = document.activeElement;
    if (element && !element.open) element.showModal();
    return () => {
      element?.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSubmit?.();
  };
  const inside = (
    <>
      <header className={styles.header}>
        <h2 id={heading}>{title}</h2>
        <IconButton icon="close" label="Close" onClick={onClose} />
      </header>
      <div className={styles.body}>
        {children}
        <SignedOut />
      </div>
      {footer && <footer className={styles.footer}>{footer}</footer>}
    </>
  );
  return (
    <dialog
      ref={dialog}
      className={classes(styles.dialog, wide && styles.wide)}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onMouseDown={(event) => {
        if (event.target === dialog.current) onClose();
      }}
    >
      {onSubmit ? (
        <form onSubmit={submit} noValidate style={{ display: "contents" }}>
          {inside}
        </form>
      ) : (
        inside
      )}
    </dialog>
  );
}
