/** One call for each of a few chosen executions, some at a time; what one is refused does not stop the others. */
import { ApiError, call, type Options } from "../../api/http";
import { pathOf } from "../../api/queries";
import type { Execution } from "../../api/types";
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
        await call("POST", pathOf(row.workflowId, `/${wish.act}`), requestOf(row, wish, key));
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

function requestOf(row: Execution, wish: Wish, key: string): Options {
  const idempotencyKey = `${key}-${row.runId}`;
  const base = { query: { runId: row.runId }, idempotencyKey };
  const reason = wish.reason.trim();
  if (wish.act === "cancel" || wish.act === "terminate") return reason ? { ...base, body: { reason } } : base;
  const why = /^[ -~]*$/.test(reason) && reason ? { reason } : {};
  if (wish.act === "retry") return { ...base, ...why };
  const payload = wish.payload.trim() ? `,"payload":${wish.payload}` : "";
  return { ...base, ...why, text: `{"name":${JSON.stringify(wish.signalName.trim())}${payload}}` };
}
