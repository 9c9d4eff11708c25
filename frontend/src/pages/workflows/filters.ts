/** What the list is narrowed by: in the URL, in the calls of REST and in the live subscription alike, under the same names. */
import { isStatus } from "../../design/status";

export const FILTER_NAMES = [
  "status",
  "workflowName",
  "taskQueue",
  "startedAfter",
  "startedBefore",
  "idPrefix",
] as const;
export type FilterName = (typeof FILTER_NAMES)[number];
export type Filters = Partial<Record<FilterName, string>>;

/** Those that the API would take; what is in the URL may have been written by hand. */
export function filtersOf(search: Record<string, string | undefined>): Filters {
  const filters: Filters = {};
  for (const name of FILTER_NAMES) {
    const value = search[name]?.trim();
    if (value && RULES[name](value)) filters[name] = value;
  }
  return filters;
}

const isIdentifier = (value: string) => /^[A-Za-z0-9._:@+-]{1,200}$/.test(value);
const isInstant = (value: string) => /T.*(Z|[+-]\d\d:?\d\d)$/.test(value) && !Number.isNaN(Date.parse(value));

const RULES: Record<FilterName, (value: string) => boolean> = {
  status: isStatus,
  workflowName: isIdentifier,
  taskQueue: isIdentifier,
  startedAfter: isInstant,
  startedBefore: isInstant,
  idPrefix: isIdentifier,
};

/** The filters without one; the tabs' counts are made for all statuses. */
export function without(filters: Filters, name: FilterName): Filters {
  const { [name]: _, ...others } = filters;
  return others;
}

/** RFC 3339 as a field of type datetime-local wants it: the reader's own time, to the minute. */
export function asLocal(instant: string | undefined): string {
  if (!instant) return "";
  const date = new Date(instant);
  const shifted = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 16);
}

/** The reverse; empty for a field that is not filled in. */
export function asInstant(local: string): string {
  return local ? new Date(local).toISOString() : "";
}
