/** A field for JSON: says line and column of the first fault, lays it out on demand. Tab leaves it, as any field.
 *
 * The text is the value: what is sent is what was written, numbers of any size included.
 */
import { Button } from "./Button";
import { classes } from "./classes";
import { Field, type FieldProps } from "./Field";
import styles from "./JsonField.module.css";
import { faultOf, laidOut } from "./jsonText";

interface Props extends FieldProps {
  value: string;
  onChange(text: string): void;
  rows?: number;
  placeholder?: string;
}

export function JsonField({ value, onChange, error, rows = 6, placeholder, ...field }: Props) {
  const fault = value.trim() ? faultOf(value) : undefined;
  const told = fault ? `Line ${fault.line}, column ${fault.column}: ${fault.rule}` : error;
  return (
    <Field {...field} error={told}>
      {(wiring) => (
        <div className={styles.editor}>
          <textarea
            {...wiring}
            className={classes(wiring.className, styles.text)}
            rows={rows}
            spellCheck={false}
            autoComplete="off"
            placeholder={placeholder}
            value={value}
            onChange={(event) => onChange(event.target.value)}
          />
          {value.trim() && !fault && (
            <Button className={styles.format} small look="ghost" onClick={() => onChange(laidOut(value))}>
              Format
            </Button>
          )}
        </div>
      )}
    </Field>
  );
}
