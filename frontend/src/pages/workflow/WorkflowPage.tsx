/** `/workflows/$id?runId=`: which run is meant, and what is shown when there is none. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ApiError } from "../../api/http";
import { workflowQuery } from "../../api/queries";
import { buttonClass } from "../../design/Button";
import { Page } from "../../design/Page";
import { Sheet } from "../../design/Sheet";
import { Empty, ErrorState, SkeletonLines } from "../../design/States";
import { visible } from "../../design/visible";
import { RunView } from "./RunView";

const route = getRouteApi("/workflows/$id");

export function WorkflowPage() {
  const { id } = route.useParams();
  const { runId } = route.useSearch();
  // An id means its latest run when the page is opened; what is shown then stays, whatever begins meanwhile.
  const { data, error, refetch } = useQuery({
    ...workflowQuery(id, runId),
    staleTime: 0,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
  if (data) return <RunView key={data.runId} id={id} runId={data.runId} />;
  if (error instanceof ApiError && error.status === 404) return <NoSuchRun id={id} runId={runId} />;
  return (
    <Page title={id} heading={<code>{visible(id)}</code>}>
      {error ? (
        <Sheet>
          <ErrorState title="The workflow cannot be shown" error={error} onRetry={() => void refetch()} />
        </Sheet>
      ) : (
        <SkeletonLines lines={12} label="Loading the workflow" />
      )}
    </Page>
  );
}

function NoSuchRun({ id, runId }: { id: string; runId: string | undefined }) {
  return (
    <Page title={id} heading={<code>{visible(id)}</code>}>
      <Sheet>
        <Empty
          title={runId ? "There is no such run" : "There is no workflow of this id"}
          actions={
            <>
              {runId && (
                <Link className={buttonClass()} to="/workflows/$id" params={{ id }} search={{}}>
                  Its latest run
                </Link>
              )}
              <Link className={buttonClass()} to="/workflows" search={{ idPrefix: id }}>
                Ids that begin like this
              </Link>
            </>
          }
        >
          <p>It was never started, or it was deleted after its time of keeping.</p>
        </Empty>
      </Sheet>
    </Page>
  );
}
