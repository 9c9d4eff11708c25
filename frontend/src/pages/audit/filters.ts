/** What the audit is narrowed by: in the URL and in the call of REST under the same names. Pure. */
export const FILTER_NAMES = ["who", "workflowId", "action", "before"] as const;
export type FilterName = (typeof FILTER_NAMES)[number];
export type Filters = Partial<Record<FilterName, string>>;

/** What is written to the audit; offered, not demanded: others may come. */
export const ACTIONS = [
  "start",
  "signal",
  "cancel",
  "terminate",
  "retry",
  "bulk-signal",
  "bulk-cancel",
  "bulk-terminate",
  "bulk-retry",
  "bulk-stop",
  "create-key",
  "revoke-key",
];

/** Those that were given; whether the API takes them, it says itself. */
export function filtersOf(search: Record<string, string | undefined>): Filters {
  return Object.fromEntries(
    FILTER_NAMES.flatMap((name) => {
      const value = search[name]?.trim();
      return value ? [[name, value]] : [];
    }),
  );
}
