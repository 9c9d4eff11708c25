/** New rows that are not shown yet, so that nothing moves under a reader's eyes. Bounded: beyond that the list is read anew. */
import type { Execution } from "../../api/types";

export const WAITING_MAX = 500;

export class Waiting {
  private rows = new Map<string, Execution>();
  private beyond = false;

  get count(): number {
    return this.rows.size;
  }

  /** More came than are kept: what is here is not all of it. */
  get overflown(): boolean {
    return this.beyond;
  }

  put(rows: readonly Execution[]): void {
    for (const row of rows) {
      if (this.rows.size >= WAITING_MAX && !this.rows.has(row.runId)) this.beyond = true;
      else this.rows.set(row.runId, row);
    }
  }

  drop(runIds: Iterable<string>): void {
    for (const runId of runIds) this.rows.delete(runId);
  }

  take(): Execution[] {
    const taken = [...this.rows.values()];
    this.rows.clear();
    this.beyond = false;
    return taken;
  }
}
