/** Fields of forms: a label, the control, a hint and what is wrong with it, tied together for screen readers. */
import {
  type InputHTMLAttributes,
  type ReactNode,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
  useId,
} from "react";
import { classes } from "./classes";
import styles from "./Field.module.css";

export interface FieldProps {
  label: ReactNode;
  hint?: ReactNode;
  error?: string | undefined;
  optional?: boolean;
  /** Say the label to screen readers only. */
  hideLabel?: boolean;
  /** Of the control, where something must find it; else it has one of its own. */
  id?: string;
}

/** What a control must carry. */
export interface Wiring {
  id: string;
  className: string | undefined;
  "aria-invalid": true | undefined;
  "aria-describedby": string | undefined;
}

export function Field({
  label,
  hint,
  error,
  optional,
  hideLabel,
  id: given,
  children,
}: FieldProps & { children(wiring: Wiring): ReactNode }) {
  const made = useId();
  const id = given ?? made;
  const described = [hint ? `${id}-hint` : "", error ? `${id}-error` : ""].filter(Boolean).join(" ");
  return (
    <div className={styles.field}>
      <label className={hideLabel ? "visually-hidden" : styles.label} htmlFor={id}>
        {label} {optional && <span className={styles.optional}>optional</span>}
      </label>
      {children({
        id,
        className: styles.control,
        "aria-invalid": error ? true : undefined,
        "aria-describedby": described || undefined,
      })}
      {error && (
        <p className={styles.error} id={`${id}-error`} role="alert">
          {error}
        </p>
      )}
      {hint && (
        <p className={styles.hint} id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

type Own<Attributes> = FieldProps & Omit<Attributes, "id"> & { mono?: boolean };

/** `children`: a datalist, or what stands below. */
export function TextField({
  label,
  hint,
  error,
  optional,
  hideLabel,
  id,
  mono,
  children,
  ...rest
}: Own<InputHTMLAttributes<HTMLInputElement>>) {
  return (
    <Field {...own({ label, hint, error, optional, hideLabel, id })}>
      {(wiring) => (
        <>
          <input
            type="text"
            autoComplete="off"
            spellCheck={false}
            {...rest}
            {...wiring}
            className={classes(wiring.className, mono && styles.mono)}
          />
          {children}
        </>
      )}
    </Field>
  );
}

export function TextArea({
  label,
  hint,
  error,
  optional,
  hideLabel,
  id,
  mono,
  ...rest
}: Own<TextareaHTMLAttributes<HTMLTextAreaElement>>) {
  return (
    <Field {...own({ label, hint, error, optional, hideLabel, id })}>
      {(wiring) => (
        <textarea rows={3} {...rest} {...wiring} className={classes(wiring.className, mono && styles.mono)} />
      )}
    </Field>
  );
}

export function Select({
  label,
  hint,
  error,
  optional,
  hideLabel,
  id,
  mono,
  children,
  ...rest
}: Own<SelectHTMLAttributes<HTMLSelectElement>>) {
  return (
    <Field {...own({ label, hint, error, optional, hideLabel, id })}>
      {(wiring) => (
        <select {...rest} {...wiring} className={classes(wiring.className, mono && styles.mono)}>
          {children}
        </select>
      )}
    </Field>
  );
}

/** Those that were given (optional properties must be absent, not undefined). */
function own(props: { [Name in keyof FieldProps]: FieldProps[Name] | undefined }): FieldProps {
  return Object.fromEntries(
    Object.entries(props).filter(([, value]) => value !== undefined),
  ) as unknown as FieldProps;
}
