/** All lines of a history as JSON, found by their number without laying out what is not looked at. */
import type { HistoryEvent } from "./events";
import { layOut } from "./layout";

export class LineIndex {
  /** For each event, how many lines there are up to its end. */
  private ends: number[] = [];
  private laidOut = new Map<HistoryEvent, string[]>();

  add(events: readonly HistoryEvent[]): void {
    let end = this.ends.at(-1) ?? 0;
    for (const event of events) {
      end += event.lines;
      this.ends.push(end);
    }
  }

  /** With the brackets of the list around them. */
  get count(): number {
    return (this.ends.at(-1) ?? 0) + 2;
  }

  text(line: number, events: readonly HistoryEvent[]): string {
    if (line === 0) return "[";
    if (line >= this.count - 1) return "]";
    const index = this.indexOf(line - 1);
    const event = events[index] as HistoryEvent;
    const start = (this.ends[index] as number) - event.lines;
    const isLast = line === this.ends[index];
    const comma = isLast && index < this.ends.length - 1 ? "," : "";
    return `  ${this.linesOf(event)[line - 1 - start] ?? ""}${comma}`;
  }

  /** The event that a line belongs to. */
  private indexOf(line: number): number {
    let low = 0;
    let high = this.ends.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.ends[middle] as number) > line) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  private linesOf(event: HistoryEvent): string[] {
    const known = this.laidOut.get(event);
    if (known) return known;
    if (this.laidOut.size >= KEPT) this.laidOut.clear();
    const lines = layOut(event.text);
    this.laidOut.set(event, lines);
    return lines;
  }
}

/** Events whose lines are kept: some screens of them. */
const KEPT = 300;
