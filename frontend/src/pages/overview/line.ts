/** A line of a chart, with what its key says of it. */
export interface Line {
  name: string;
  /** A token. */
  color: string;
  dashed?: boolean;
  filled?: boolean;
  values: (number | null)[];
  /** Of the whole window. */
  whole?: string;
}
