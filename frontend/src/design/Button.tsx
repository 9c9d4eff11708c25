/** Buttons are ink; `danger` alone is red, for what cannot be undone. A busy button says so and cannot be pressed again. */
import type { ButtonHTMLAttributes } from "react";
import styles from "./Button.module.css";
import { classes } from "./classes";
import { Icon, type IconName } from "./Icon";

export type ButtonLook = "solid" | "outline" | "ghost" | "danger";

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: ButtonLook;
  small?: boolean;
  icon?: IconName;
  busy?: boolean;
}

/** For a link that looks like a button. */
export function buttonClass(look: ButtonLook = "outline", small = false): string {
  return classes(styles.button, styles[look], small && styles.small);
}

export function Button({
  look = "outline",
  small,
  icon,
  busy,
  disabled,
  children,
  className,
  ...rest
}: Props) {
  return (
    <button
      type="button"
      {...rest}
      className={classes(buttonClass(look, small), className)}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
    >
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

interface IconProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  icon: IconName;
  /** Its name, and what the pointer is told. */
  label: string;
  look?: ButtonLook;
  small?: boolean;
}

export function IconButton({ icon, label, look = "ghost", small, className, ...rest }: IconProps) {
  return (
    <button
      type="button"
      title={label}
      {...rest}
      aria-label={label}
      className={classes(buttonClass(look, small), styles.square, className)}
    >
      <Icon name={icon} />
    </button>
  );
}
