/** What is done, or was done, to many executions at once: how far it has come, what failed, and a way to stop it. */
import { useQuery } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { call } from "../../api/http";
import { every, LOOK_MS } from "../../api/poll";
import { bulkOfQuery, keys } from "../../api/queries";
import type { BulkOperation, BulkPage as Operations } from "../../api/types";
import { AsOf, type Look } from "../../design/AsOf";
import { buttonClass } from "../../design/Button";
import { Page } from "../../design/Page";
import { LoadingRows, Sheet } from "../../design/Sheet";
import { Empty, ErrorState } from "../../design/States";
import styles from "./Bulk.module.css";
import { OperationCard } from "./OperationCard";
import { StopDialog } from "./StopDialog";

const PAGE_SIZE = 50;

/** `?before=`: older ones; `?id=`: one alone. */
export function BulkPage() {
  const { before, id } = useSearch({ from: "/bulk" });
  const one = id && /^\d{1,15}$/.test(id) ? Number(id) : undefined;
  return one === undefined ? <All before={before} /> : <One id={one} />;
}

function All({ before }: { before: string | undefined }) {
  const query = { before, pageSize: PAGE_SIZE };
  const look = useQuery({
    queryKey: [...keys.bulk, "page", before ?? ""],
    queryFn: ({ signal }) => call<Operations>("GET", "bulk", { query, signal }),
    refetchInterval: every(LOOK_MS),
  });
  const { nextBefore = null, operations = [] } = look.data ?? {};
  return (
    <Framed look={look} operations={look.data && operations}>
      {look.data && operations.length === 0 && <None older={before !== undefined} />}
      {(before !== undefined || nextBefore !== null) && (
        <nav className={styles.pages} aria-label="Pages of operations">
          {before !== undefined && (
            <Link to="/bulk" className={buttonClass()}>
              Newest
            </Link>
          )}
          {nextBefore !== null && (
            <Link to="/bulk" search={{ before: String(nextBefore) }} className={buttonClass()}>
              Older
            </Link>
          )}
        </nav>
      )}
    </Framed>
  );
}

function One({ id }: { id: number }) {
  const look = useQuery({ ...bulkOfQuery(id), refetchInterval: every(LOOK_MS) });
  return (
    <Framed look={look} operations={look.data && [look.data]}>
      <p>
        <Link to="/bulk">All bulk operations</Link>
      </p>
    </Framed>
  );
}

interface FramedProps {
  look: Look & { isPending: boolean; refetch(): unknown };
  operations: readonly BulkOperation[] | undefined;
  children: React.ReactNode;
}

function Framed({ look, operations, children }: FramedProps) {
  const [stopping, setStopping] = useState<BulkOperation>();
  return (
    <Page title="Bulk operations" note={<AsOf look={look} />}>
      {look.isPending && <LoadingRows label="Reading the operations" />}
      {look.error && !operations && (
        <Sheet>
          <ErrorState
            title="The operations could not be read"
            error={look.error}
            onRetry={() => void look.refetch()}
          />
        </Sheet>
      )}
      {operations?.map((operation) => (
        <OperationCard key={operation.id} operation={operation} onStop={() => setStopping(operation)} />
      ))}
      {children}
      {stopping && <StopDialog operation={stopping} onClose={() => setStopping(undefined)} />}
    </Page>
  );
}

function None({ older }: { older: boolean }) {
  return (
    <Sheet>
      <Empty
        title={older ? "There are no older ones" : "Nothing has been done to many at once yet"}
        actions={
          <Link to={older ? "/bulk" : "/workflows"} className={buttonClass("solid")}>
            {older ? "Newest" : "To the list of workflows"}
          </Link>
        }
      >
        {!older && (
          <p>
            Narrow the list by its filters, then choose under “All that match” what is to be done. Here one
            sees how far it has come, and can stop it.
          </p>
        )}
      </Empty>
    </Sheet>
  );
}
