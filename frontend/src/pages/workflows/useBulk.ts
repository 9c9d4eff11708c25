/** Looks whom an act on many would reach, and does it: one operation of the server for filters, a call each for chosen rows. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { ApiError, call } from "../../api/http";
import { newKey } from "../../api/idempotency";
import type { BulkOperation, BulkPreview, Execution } from "../../api/types";
import { toast } from "../../design/toasts";
import { ACTS, bulkText, canBeDone, type Wish } from "./acts";
import type { Filters } from "./filters";
import { actOnEach, type Refusal } from "./runActs";

export type Target = { kind: "rows"; rows: readonly Execution[] } | { kind: "filters"; filters: Filters };
export type Bulk = ReturnType<typeof useBulk>;

export function useBulk(wish: Wish, target: Target, onDone: () => void) {
  const [key] = useState(newKey);
  const [progress, setProgress] = useState<string>();
  const navigate = useNavigate();
  const able = target.kind === "rows" ? target.rows.filter((row) => canBeDone(wish.act, row)) : undefined;
  const preview = useQuery({
    queryKey: ["bulk-preview", key],
    queryFn: ({ signal }) => call<BulkPreview>("POST", "bulk", { text: bulkText(wish, true), signal }),
    enabled: target.kind === "filters",
    gcTime: 0,
  });
  const act = useMutation({
    mutationFn: async (): Promise<Refusal[]> => {
      if (able) return actOnEach(able, wish, key, (done) => setProgress(`${done} of ${able.length}`));
      await call<BulkOperation>("POST", "bulk", { text: bulkText(wish, false), idempotencyKey: key });
      return [];
    },
    onSuccess: (refusals) => {
      setProgress(undefined);
      if (refusals.length > 0) return;
      const { name } = ACTS[wish.act];
      if (able) toast("done", `${name}: accepted for ${able.length}`, "The list shows what becomes of them.");
      else toast("done", `${name}: under way`, "This page shows how far it has come.");
      onDone();
      if (!able) void navigate({ to: "/bulk" });
    },
  });
  const { error } = act;
  return {
    found: able ? able.length : preview.data?.found,
    first: (able ?? preview.data?.first ?? []).map((each) => each.workflowId),
    lookError: preview.error,
    look: () => void preview.refetch(),
    run: () => act.mutate(),
    busy: act.isPending,
    progress: act.isPending ? progress : undefined,
    refusals: act.data ?? [],
    error,
    /** By the first of the names that the API found fault with. */
    ruleOf: (...fields: string[]) =>
      error instanceof ApiError ? fields.map((field) => error.ruleOf(field)).find(Boolean) : undefined,
  };
}
