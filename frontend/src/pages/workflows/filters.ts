/** What the list is narrowed by: in the URL, in the calls of REST and in the live subscription alike, under the same names. */
import { SEVERAL } from "../../app/search";
import { isStatus, STATUSES } from "../../design/status";

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

type Search = Record<string, string | undefined>;

/** Those that the API would take; what is in the URL may have been written by hand: `unreadableOf` tells the others. */
export function filtersOf(search: Search): Filters {
  const filters: Filters = {};
  for (const name of FILTER_NAMES) {
    const value = search[name]?.trim();
    if (value && RULES[name].fits(value)) filters[name] = value;
  }
  return filters;
}

/** A filter of the URL that the list cannot be narrowed by. */
export interface Unreadable {
  name: string;
  value: string;
  rule: string;
}

/** While there is one, what else the URL says matches more than was meant: neither rows nor acts on all that match. */
export function unreadableOf(search: Search): Unreadable[] {
  const found: Unreadable[] = [];
  for (const [name, given] of Object.entries(search)) {
    if (given === undefined) continue;
    const value = given.trim();
    if (value.includes(SEVERAL)) found.push({ name, value, rule: "must be given once" });
    else if (!isFilter(name))
      found.push({ name, value, rule: `is no filter; there are ${FILTER_NAMES.join(", ")}` });
    else if (!RULES[name].fits(value)) found.push({ name, value, rule: RULES[name].rule });
  }
  return found;
}

const isFilter = (name: string): name is FilterName => FILTER_NAMES.includes(name as FilterName);

const isIdentifier = (value: string) => /^[A-Za-z0-9._:@+-]{1,200}$/.test(value);
const isInstant = (value: string) => /T.*(Z|[+-]\d\d:?\d\d)$/.test(value) && !Number.isNaN(Date.parse(value));

interface Rule {
  fits(value: string): boolean;
  rule: string;
}

const IDENTIFIER: Rule = {
  fits: isIdentifier,
  rule: "must be 1 to 200 characters of A-Z a-z 0-9 . _ : @ + -",
};
const INSTANT: Rule = {
  fits: isInstant,
  rule: "must be a date and time with its offset, such as 2026-03-01T12:00:00Z",
};

const RULES: Record<FilterName, Rule> = {
  status: { fits: isStatus, rule: `must be one of ${STATUSES.join(", ")}` },
  workflowName: IDENTIFIER,
  taskQueue: IDENTIFIER,
  startedAfter: INSTANT,
  startedBefore: INSTANT,
  idPrefix: IDENTIFIER,
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
