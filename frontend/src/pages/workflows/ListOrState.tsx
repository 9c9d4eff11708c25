/** The rows, or why there are none. */
import { Link } from "@tanstack/react-router";
import { ApiError } from "../../api/http";
import { useMe } from "../../api/queries";
import { Button, buttonClass } from "../../design/Button";
import { classes } from "../../design/classes";
import { Empty, ErrorState, Skeleton } from "../../design/States";
import type { Filters } from "./filters";
import styles from "./List.module.css";
import { Rows } from "./Rows";
import type { useListing } from "./useListing";
import type { useSelection } from "./useSelection";

interface Props {
  listing: ReturnType<typeof useListing>;
  filters: Filters;
  selection: ReturnType<typeof useSelection>;
  selectable: boolean;
  onClear(): void;
}

export function ListOrState({ listing, filters, selection, selectable, onClear }: Props) {
  const { query, rows } = listing;
  if (query.isPending) return <Loading />;
  if (query.isError && rows.length === 0)
    return (
      <div className={styles.list}>
        <ErrorState
          title={
            query.error instanceof ApiError && query.error.status === 400
              ? "These filters are refused"
              : "The list could not be read"
          }
          error={query.error}
          onRetry={() => void query.refetch()}
        />
      </div>
    );
  if (rows.length === 0) return <None filtered={Object.keys(filters).length > 0} onClear={onClear} />;
  return (
    <Rows
      listing={listing}
      chosen={selection.chosen}
      onToggle={selectable ? selection.toggle : undefined}
      onToggleAll={() =>
        selection.chosen.size >= rows.length ? selection.clear() : selection.chooseAll(rows)
      }
    />
  );
}

const SKELETONS = 12;

function Loading() {
  return (
    <div className={styles.list} role="status" aria-label="Reading the list">
      {Array.from({ length: SKELETONS }, (_, index) => (
        <div key={index} className={classes(styles.skeleton)}>
          <Skeleton width="5rem" />
          <Skeleton width={`${30 + ((index * 13) % 20)}%`} />
          <Skeleton width="12%" />
        </div>
      ))}
    </div>
  );
}

function None({ filtered, onClear }: { filtered: boolean; onClear(): void }) {
  const { may } = useMe();
  const start = may("start") && (
    <Link to="/start" className={buttonClass(filtered ? "outline" : "solid")}>
      Start a workflow
    </Link>
  );
  return (
    <div className={styles.list}>
      {filtered ? (
        <Empty
          title="No workflow fits these filters"
          actions={
            <>
              <Button look="solid" onClick={onClear}>
                Clear the filters
              </Button>
              {start}
            </>
          }
        >
          <p>New ones that do appear here by themselves.</p>
        </Empty>
      ) : (
        <Empty title="No workflow has been started yet" actions={start}>
          <p>Each execution has a row here, newest first, with its status as it changes.</p>
        </Empty>
      )}
    </div>
  );
}
