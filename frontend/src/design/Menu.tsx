/** A button with a list of things to do. Arrow keys move, Escape and a press elsewhere close it, the focus returns. */
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { type ButtonLook, buttonClass } from "./Button";
import { classes } from "./classes";
import { Icon, type IconName } from "./Icon";
import styles from "./Menu.module.css";

export interface MenuItem {
  label: string;
  icon?: IconName;
  /** One of the two: what it does, or where it leads. */
  onSelect?(): void;
  href?: string;
  danger?: boolean;
  disabled?: boolean;
  chosen?: boolean;
}

interface Props {
  /** Of the button, for screen readers, if what it shows does not tell. */
  label?: string;
  button: ReactNode;
  items: readonly MenuItem[];
  look?: ButtonLook;
  end?: boolean;
  above?: boolean;
  className?: string | undefined;
}

export function Menu({ label, button, items, look = "outline", end, above, className }: Props) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!open) return;
    entries(root.current)[0]?.focus();
    const outside = (event: Event) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [open]);
  const close = () => {
    setOpen(false);
    root.current?.querySelector("button")?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!open) return;
    if (event.key === "Escape") close();
    else if (!move(root.current, event.key)) return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className={styles.menu} ref={root} onKeyDown={onKeyDown}>
      <button
        type="button"
        className={className ?? buttonClass(look)}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-label={label}
        title={label}
        onClick={() => setOpen(!open)}
      >
        {button}
      </button>
      {open && (
        <div
          role="menu"
          aria-label={label}
          className={classes(styles.list, end && styles.end, above ? styles.above : styles.below)}
        >
          {items.map((item) => (
            <Entry key={item.label} item={item} close={close} />
          ))}
        </div>
      )}
    </div>
  );
}

function Entry({ item, close }: { item: MenuItem; close(): void }) {
  const inside = (
    <>
      {item.icon && <Icon name={item.icon} />}
      {item.label}
      {item.chosen && (
        <span className={styles.chosen}>
          <Icon name="check" />
        </span>
      )}
    </>
  );
  const className = classes(styles.item, item.danger && styles.danger);
  if (item.href)
    return (
      <a role="menuitem" tabIndex={-1} className={className} href={item.href}>
        {inside}
      </a>
    );
  const select = () => {
    close();
    item.onSelect?.();
  };
  const role =
    item.chosen === undefined ? { role: "menuitem" } : { role: "menuitemradio", "aria-checked": item.chosen };
  return (
    <button
      type="button"
      {...role}
      tabIndex={-1}
      className={className}
      disabled={item.disabled}
      onClick={select}
    >
      {inside}
    </button>
  );
}

function entries(root: HTMLElement | null): HTMLElement[] {
  return [...(root?.querySelectorAll<HTMLElement>('[role^="menuitem"]:not(:disabled)') ?? [])];
}

/** Whether the key was one that moves. */
function move(root: HTMLElement | null, key: string): boolean {
  const all = entries(root);
  const at = all.indexOf(document.activeElement as HTMLElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[key];
  if (to === undefined) return false;
  all[(to + all.length) % all.length]?.focus();
  return true;
}
