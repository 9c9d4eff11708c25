/** Findings that are one trouble, such as a type that no worker knows, are told once, with all whom it holds up. Pure. */
import type { Attention, Finding, Trouble } from "../../api/types";
import type { Still } from "../../design/still";
import { adviceOf } from "./kinds";

export interface Keyed {
  key: string;
  finding: Finding;
}

/** A run may have several findings of a kind, which nothing names: they are told apart by their order. */
export function keyed(findings: readonly Finding[]): Keyed[] {
  const seen = new Map<string, number>();
  return findings.map((finding) => {
    const about = finding.runId ?? finding.taskQueue ?? "";
    const nth = (seen.get(about) ?? 0) + 1;
    seen.set(about, nth);
    return { key: `${about}#${nth}`, finding };
  });
}

export interface Group {
  advice: string;
  /** What all of them have met; empty where each has its own. */
  problem: string;
  rows: readonly Still<Keyed>[];
}

export function grouped(kind: string, rows: readonly Still<Keyed>[]): Group[] {
  const groups = new Map<string, Group & { rows: Still<Keyed>[] }>();
  for (const row of rows) {
    const advice = adviceOf(kind, row.row.finding);
    const { problem } = told(row.row.finding.what);
    const key = `${advice}\n${problem}`;
    const group = groups.get(key) ?? { advice, problem, rows: [] };
    group.rows.push(row);
    groups.set(key, group);
  }
  return [...groups.values()];
}

export interface Told {
  /** About this one. */
  own: string;
  /** What others may have met, too; whole, of several lines maybe. */
  problem: string;
}

const TURN = /^Turn (\d+) cannot be done, after (\d+) (?:deliveries|delivery): ([\s\S]+)$/;

/** "Turn 2 cannot be done, after 6 deliveries: …" in its parts; any other sentence stays as it is. */
export function told(what: string): Told {
  const [, turn, deliveries, problem] = TURN.exec(what) ?? [];
  if (!problem) return { own: what, problem: "" };
  return { own: `Turn ${turn}, tried ${deliveries === "1" ? "once" : `${deliveries} times`}`, problem };
}

/** "21", or "10,004 or more" where not all were counted. */
export function total(attention: Attention): { found: number; words: string } {
  const found = attention.troubles.reduce((sum, trouble) => sum + trouble.found, 0);
  const bounded = attention.troubles.some((trouble) => trouble.bounded);
  return { found, words: counted({ found, bounded }) };
}

export function counted({ found, bounded }: Pick<Trouble, "found" | "bounded">): string {
  return `${found.toLocaleString("en-US")}${bounded ? " or more" : ""}`;
}
