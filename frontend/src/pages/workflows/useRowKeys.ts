/** j and k go through the rows, Enter opens, x chooses, / goes to the search. Enter is the link's own. */
import { useEffect, useState } from "react";
import type { Execution } from "../../api/types";
import { isTyping } from "../../design/typing";

export function useRowKeys(
  rows: readonly Execution[],
  onMove: (index: number) => void,
  onToggle: ((row: Execution) => void) | undefined,
) {
  const [current, setCurrent] = useState<string>();
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
      const at = rows.findIndex((row) => row.runId === current);
      const step = { j: 1, k: -1 }[event.key];
      if (step !== undefined) {
        const next = Math.max(0, Math.min(rows.length - 1, at < 0 ? 0 : at + step));
        setCurrent(rows[next]?.runId);
        onMove(next);
      } else if (event.key === "x" && rows[at] && onToggle) onToggle(rows[at]);
      else if (event.key === "/") document.getElementById("id-prefix")?.focus();
      else return;
      event.preventDefault();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, [rows, current, onMove, onToggle]);
  return { current, setCurrent };
}
