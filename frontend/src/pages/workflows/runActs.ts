/** One call for each of a few chosen executions, some at a time; what one is refused does not stop the others. */
import { ApiError } from "../../api/http";
import type { Execution } from "../../api/types";
import { perform } from "../workflow/acts/acts";
import type { Wish } from "./acts";

const AT_ONCE = 6;

export interface Refusal {
  row: Execution;
  why: string;
}

/** `key`: made once per dialog, so that a second press repeats nothing. */
export async function actOnEach(
  rows: readonly Execution[],
  wish: Wish,
  key: string,
  onProgress: (done: number) => void,
): Promise<Refusal[]> {
  const refusals: Refusal[] = [];
  const left = [...rows];
  let done = 0;
  const worker = async () => {
    for (let row = left.shift(); row; row = left.shift()) {
      try {
        await perform(wish.act, row, wish, `${key}-${row.runId}`);
      } catch (error) {
        if (error instanceof ApiError && error.status === 401) throw error;
        refusals.push({ row, why: error instanceof Error ? error.message : String(error) });
      }
      onProgress(++done);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return refusals;
}
