/** Asks before an operation is stopped, and says what that does not undo. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { call } from "../../api/http";
import { keys } from "../../api/queries";
import type { BulkOperation } from "../../api/types";
import { Button } from "../../design/Button";
import { Dialog } from "../../design/Dialog";
import { toast } from "../../design/toasts";
import styles from "./Bulk.module.css";
import { progress, VERBS } from "./operation";

export function StopDialog({ operation, onClose }: { operation: BulkOperation; onClose(): void }) {
  const queries = useQueryClient();
  const { id, action } = operation;
  const stop = useMutation({
    // With a body: of a page the API wants its content type.
    mutationFn: () => call<BulkOperation>("POST", `bulk/${id}/stop`, { body: {} }),
    onSuccess: (now) => {
      // It may have come to its end first.
      if (now.state === "STOPPED") toast("done", "Stopped", `${progress(now).words} had been come to.`);
      else toast("failed", "It had ended before", `Operation ${id} cannot be stopped any more.`);
      void queries.invalidateQueries({ queryKey: keys.bulk });
      onClose();
    },
  });
  return (
    <Dialog
      title="Stop this operation?"
      onClose={onClose}
      onSubmit={() => stop.mutate()}
      footer={
        <>
          <Button look="ghost" onClick={onClose}>
            Let it go on
          </Button>
          <Button type="submit" look="solid" busy={stop.isPending}>
            Stop it
          </Button>
        </>
      }
    >
      <p className={styles.consequence}>
        It ends at once, {progress(operation).words} when this was opened. What it has {VERBS[action].done}{" "}
        stays so; the others are left alone.
      </p>
      <p className={styles.consequence}>
        It does not go on later: for those that are left, a new one must be asked for.
      </p>
      {stop.error && (
        <p className={styles.problem} role="alert">
          {stop.error.message}
        </p>
      )}
    </Dialog>
  );
}
