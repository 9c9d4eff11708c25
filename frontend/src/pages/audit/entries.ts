/** Entries of the audit, which have no id: the same at the same instant are told apart by counting. Pure. */
import type { AuditPage } from "../../api/types";

export type Entry = AuditPage["entries"][number];

const said = ({ at, who, door, action, workflowId, runId }: Entry) =>
  [at, who, door, action, workflowId, runId].join("|");

/** A key for each; of equal ones the oldest is the first, so that keys stay when newer ones come in front. */
export function keysOf(entries: readonly Entry[]): string[] {
  const seen = new Map<string, number>();
  return entries
    .toReversed()
    .map((entry) => {
      const what = said(entry);
      const nth = (seen.get(what) ?? 0) + 1;
      seen.set(what, nth);
      return `${what}#${nth}`;
    })
    .reverse();
}

/** Those of the newest page that are not shown yet, in its order. */
export function newOnes(newest: readonly Entry[], shown: readonly Entry[]): Entry[] {
  const left = new Map<string, number>();
  for (const entry of shown) left.set(said(entry), (left.get(said(entry)) ?? 0) + 1);
  return newest.filter((entry) => {
    const many = left.get(said(entry)) ?? 0;
    left.set(said(entry), many - 1);
    return many <= 0;
  });
}

/** `signalName approve`, `key billing`: details in the order in which they were written; what holds more is shown as JSON. */
export function detailsOf(details: Entry["details"]): [name: string, text: string][] {
  return (
    Object.entries(details)
      // The operation is what the entry is about: it is named and linked.
      .filter(([name]) => name !== "bulk")
      .filter(([, value]) => value !== null && value !== "" && !isEmpty(value))
      .map(([name, value]) => [name, textOf(value)])
  );
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(", ");
  if (typeof value === "object" && value !== null && value.constructor === Object)
    return Object.entries(value)
      .map(([name, inner]) => `${name} ${textOf(inner)}`)
      .join(", ");
  return String(value);
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
