/** Starts what the form says, once: a second press, or a repeat after an answer that got lost, has the same key. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useRef } from "react";
import { ApiError, call } from "../../api/http";
import { newKey } from "../../api/idempotency";
import type { Started } from "../../api/types";
import { toast } from "../../design/toasts";
import { bodyOf, type Draft } from "./request";

export function useStart() {
  const navigate = useNavigate();
  const client = useQueryClient();
  const last = useRef({ body: "", key: "" });
  return useMutation({
    mutationFn: (draft: Draft) => {
      const body = bodyOf(draft);
      if (last.current.body !== body) last.current = { body, key: newKey() };
      return call<Started>("POST", "workflows", { text: body, idempotencyKey: last.current.key });
    },
    onSuccess: ({ workflowId, runId, started }) => {
      void client.invalidateQueries({ queryKey: ["workflows"] });
      toast(
        "done",
        started ? `${workflowId} has started` : `${workflowId} was there before`,
        started
          ? undefined
          : "By the policies for its id nothing new was started; this is the run that was there.",
      );
      void navigate({ to: "/workflows/$id", params: { id: workflowId }, search: { runId } });
    },
    onError: (error) => {
      // What was refused may be asked for again: by the same key it would get the same answer.
      if (error instanceof ApiError && error.status >= 400 && error.status < 500)
        last.current = { body: "", key: "" };
    },
  });
}
