/** Who is connected to any engine: what they serve, how busy they are, since when. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { every, LOOK_MS } from "../../api/poll";
import { workersQuery } from "../../api/queries";
import type { Worker } from "../../api/types";
import { filledIn } from "../../app/search";
import { AsOf } from "../../design/AsOf";
import { Button } from "../../design/Button";
import { Command } from "../../design/Command";
import { Page } from "../../design/Page";
import { LoadingRows, Sheet } from "../../design/Sheet";
import { Empty, ErrorState } from "../../design/States";
import { Filters } from "./Filters";
import styles from "./Workers.module.css";
import { WorkerTable } from "./WorkerTable";
import { fitting, summary } from "./workers";

export function WorkersPage() {
  const look = useQuery({ ...workersQuery(), refetchInterval: every(LOOK_MS) });
  const search = useSearch({ from: "/workers" });
  const navigate = useNavigate({ from: "/workers" });
  const workers = look.data?.workers ?? [];
  return (
    <Page
      title="Workers"
      note={
        <>
          {workers.length > 0 && `${summary(workers)}. `}
          <AsOf look={look} />
        </>
      }
    >
      {workers.length > 0 && (
        <Filters
          value={search}
          workers={workers}
          onChange={(part) => void navigate({ search: { ...search, ...filledIn(part) }, replace: true })}
        />
      )}
      {look.isPending && <LoadingRows label="Reading who is connected" />}
      {look.isError && !look.data && (
        <Sheet>
          <ErrorState
            title="Who is connected could not be read"
            error={look.error}
            onRetry={() => void look.refetch()}
          />
        </Sheet>
      )}
      {look.data && (
        <Shown
          workers={fitting(workers, search)}
          all={workers.length}
          onClear={() => void navigate({ search: {} })}
        />
      )}
      {look.data && (
        <p className={styles.tell}>
          Engines tell of a worker that comes or goes within a second or two. Those of an engine that died are
          listed for half a minute longer.
        </p>
      )}
    </Page>
  );
}

function Shown({ workers, all, onClear }: { workers: Worker[]; all: number; onClear(): void }) {
  if (workers.length > 0) return <WorkerTable workers={workers} />;
  return (
    <Sheet>
      {all > 0 ? (
        <Empty
          title="No worker fits these filters"
          actions={
            <Button look="solid" onClick={onClear}>
              Clear the filters
            </Button>
          }
        >
          <p>Others are connected. One that fits appears here by itself.</p>
        </Empty>
      ) : (
        <Empty title="No worker is connected">
          <p>Workflows wait until one is. Start a worker that serves their queue:</p>
          <Command line="TASK_QUEUE=orders ENGINE_ADDRESS=localhost:50051 python worker.py" />
        </Empty>
      )}
    </Sheet>
  );
}
