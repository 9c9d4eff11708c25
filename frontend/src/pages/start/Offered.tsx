/** A text field that suggests, and takes anything. */
import { type ComponentProps, useId } from "react";
import { TextField } from "../../design/Field";

export function Offered({
  offers,
  ...field
}: ComponentProps<typeof TextField> & { offers: readonly string[] }) {
  const list = useId();
  return (
    <TextField {...field} list={list}>
      <datalist id={list}>
        {offers.map((offer) => (
          <option key={offer} value={offer} />
        ))}
      </datalist>
    </TextField>
  );
}
