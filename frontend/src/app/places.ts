/** The pages that the navigation leads to, and the keys that do. */
import type { Action } from "../api/types";
import type { IconName } from "../design/Icon";

export interface Place {
  to: "/" | "/workflows" | "/attention" | "/queues" | "/workers" | "/audit" | "/bulk" | "/start";
  name: string;
  icon: IconName;
  /** After `g`. */
  key: string;
  /** What one must be allowed to, to find anything there. */
  action?: Action;
  /** In the bar of a phone; the others are behind "More". */
  first?: boolean;
}

export const PLACES: readonly Place[] = [
  { to: "/", name: "Overview", icon: "overview", key: "o", first: true },
  { to: "/workflows", name: "Workflows", icon: "workflows", key: "w", first: true },
  { to: "/attention", name: "Attention", icon: "attention", key: "a", first: true },
  { to: "/queues", name: "Task queues", icon: "queues", key: "q", first: true },
  { to: "/workers", name: "Workers", icon: "workers", key: "k" },
  { to: "/bulk", name: "Bulk operations", icon: "bulk", key: "b" },
  { to: "/audit", name: "Audit", icon: "audit", key: "u", action: "see-audit" },
];
