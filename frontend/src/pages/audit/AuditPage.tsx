/** What was done, by whom, through which door and why; newest first, as far back as one goes. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { ApiError } from "../../api/http";
import { useMe } from "../../api/queries";
import { AsOf } from "../../design/AsOf";
import { Button } from "../../design/Button";
import { Page } from "../../design/Page";
import { LoadingRows, Sheet } from "../../design/Sheet";
import { Empty, ErrorState } from "../../design/States";
import { AuditFilters } from "./AuditFilters";
import { Entries } from "./Entries";
import { type Filters, filtersOf } from "./filters";
import { useAudit } from "./useAudit";

export function AuditPage() {
  const { me, may } = useMe();
  const search = useSearch({ from: "/audit" });
  const navigate = useNavigate({ from: "/audit" });
  const written = JSON.stringify(filtersOf(search));
  const filters = useMemo(() => JSON.parse(written) as Filters, [written]);
  const audit = useAudit(filters, may("see-audit"));
  if (me && !may("see-audit")) return <NotAllowed />;
  const clear = () => void navigate({ search: {} });
  return (
    <Page title="Audit" note={audit.newest.data && <AsOf look={audit.newest} />}>
      <AuditFilters
        filters={filters}
        onChange={(name, value) =>
          void navigate({ search: { ...search, [name]: value || undefined }, replace: true })
        }
        onClear={clear}
      />
      <Content audit={audit} filtered={Object.keys(filters).length > 0} onClear={clear} />
    </Page>
  );
}

interface ContentProps {
  audit: ReturnType<typeof useAudit>;
  filtered: boolean;
  onClear(): void;
}

function Content({ audit, filtered, onClear }: ContentProps) {
  const { query, entries } = audit;
  if (query.isPending) return <LoadingRows label="Reading the audit" rows={12} />;
  if (query.isError && entries.length === 0) {
    const refused = query.error instanceof ApiError && query.error.status === 400;
    return (
      <Sheet>
        <ErrorState
          title={refused ? "These filters are refused" : "The audit could not be read"}
          error={query.error}
          {...(refused ? {} : { onRetry: () => void query.refetch() })}
          actions={refused && <Button onClick={onClear}>Clear the filters</Button>}
        />
      </Sheet>
    );
  }
  if (entries.length > 0 || audit.news > 0) return <Entries audit={audit} />;
  return (
    <Sheet>
      {filtered ? (
        <Empty
          title="No entry fits these filters"
          actions={
            <Button look="solid" onClick={onClear}>
              Clear the filters
            </Button>
          }
        >
          <p>Names are compared whole: “order-4711”, not a part of it.</p>
        </Empty>
      ) : (
        <Empty title="Nothing has been done yet">
          <p>
            Each start, signal, cancellation, termination and retry that somebody asks for is told here, with
            who it was and why; and what is done with API keys.
          </p>
        </Empty>
      )}
    </Sheet>
  );
}

function NotAllowed() {
  return (
    <Page title="Audit">
      <Sheet>
        <Empty title="You may not see the audit">
          <p>The permission to see it is needed for that; operators have it (the group “sched operator”).</p>
        </Empty>
      </Sheet>
    </Page>
  );
}
