/** All task queues: what waits in each, for how long, and who is there to do it. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { every, LOOK_MS } from "../../api/poll";
import { queuesQuery } from "../../api/queries";
import { filledIn } from "../../app/search";
import { AsOf } from "../../design/AsOf";
import { Button } from "../../design/Button";
import { Command } from "../../design/Command";
import { TextField } from "../../design/Field";
import { Page } from "../../design/Page";
import { LoadingRows, Sheet } from "../../design/Sheet";
import { Empty, ErrorState } from "../../design/States";
import styles from "./Queues.module.css";
import { QueueTable } from "./QueueTable";
import { byName, fitting, type Queue, summary } from "./queues";

export function QueuesPage() {
  const look = useQuery({ ...queuesQuery, refetchInterval: every(LOOK_MS) });
  const search = useSearch({ from: "/queues" });
  const navigate = useNavigate({ from: "/queues" });
  const queues = byName(look.data?.taskQueues ?? []);
  const shown = fitting(queues, search.q ?? "", search.show === "stuck");
  const set = (part: Record<string, string | undefined>) =>
    void navigate({ search: { ...search, ...filledIn(part) }, replace: true });
  return (
    <Page
      title="Task queues"
      note={
        <>
          {queues.length > 0 && `${summary(queues)}. `}
          <AsOf look={look} />
        </>
      }
    >
      {queues.length > 0 && (
        <search className={styles.filters} aria-label="Filters">
          <TextField
            type="search"
            label="Queue"
            hideLabel
            placeholder="Find a queue"
            value={search.q ?? ""}
            onChange={(event) => set({ q: event.target.value || undefined })}
          />
          <Button
            aria-pressed={search.show === "stuck"}
            look={search.show === "stuck" ? "solid" : "outline"}
            onClick={() => set({ show: search.show === "stuck" ? undefined : "stuck" })}
          >
            Without a worker
          </Button>
        </search>
      )}
      {look.isPending && <LoadingRows label="Reading the task queues" />}
      {look.isError && !look.data && (
        <Sheet>
          <ErrorState
            title="The task queues could not be read"
            error={look.error}
            onRetry={() => void look.refetch()}
          />
        </Sheet>
      )}
      {look.data && (
        <Shown queues={shown} all={queues.length} onClear={() => void navigate({ search: {} })} />
      )}
    </Page>
  );
}

function Shown({ queues, all, onClear }: { queues: Queue[]; all: number; onClear(): void }) {
  if (queues.length > 0) return <QueueTable queues={queues} />;
  if (all > 0)
    return (
      <Sheet>
        <Empty
          title="No queue fits"
          actions={
            <Button look="solid" onClick={onClear}>
              Show all {all}
            </Button>
          }
        >
          <p>The queues are there; the filters leave all of them out.</p>
        </Empty>
      </Sheet>
    );
  return (
    <Sheet>
      <Empty title="There is no task queue yet">
        <p>A queue appears when a worker serves it, or when work waits in it. A worker names its queue:</p>
        <Command line="TASK_QUEUE=orders python worker.py" />
      </Empty>
    </Sheet>
  );
}
