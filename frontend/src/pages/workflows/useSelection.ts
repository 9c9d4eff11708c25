/** Which rows the reader has chosen. They stay chosen while the list changes around them. */
import { useState } from "react";
import type { Execution } from "../../api/types";

export function useSelection() {
  const [chosen, setChosen] = useState<ReadonlyMap<string, Execution>>(new Map());
  return {
    chosen,
    toggle: (row: Execution) =>
      setChosen((had) => {
        const next = new Map(had);
        if (!next.delete(row.runId)) next.set(row.runId, row);
        return next;
      }),
    chooseAll: (rows: readonly Execution[]) => setChosen(new Map(rows.map((row) => [row.runId, row]))),
    clear: () => setChosen(new Map()),
  };
}
