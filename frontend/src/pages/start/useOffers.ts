/** What the form offers: types that workers have registered, types and queues of what ran lately. */
import { useQuery } from "@tanstack/react-query";
import { keys, pageOfWorkflows, workersQuery } from "../../api/queries";

const RECENT = 50;

export function useOffers(): {
  types: string[];
  queues: string[];
  queueOf(type: string): string | undefined;
} {
  const workers = useQuery({ ...workersQuery(), refetchInterval: false }).data?.workers ?? [];
  const query = { pageSize: RECENT };
  const recent =
    useQuery({
      queryKey: [...keys.list(query), "offers"],
      queryFn: ({ signal }) => pageOfWorkflows(query, signal),
    }).data?.workflows ?? [];
  const serving = workers.filter((worker) => worker.kind === "WORKFLOW");
  return {
    types: sorted([...serving.flatMap((worker) => worker.types), ...recent.map((row) => row.workflowName)]),
    queues: sorted([...serving.map((worker) => worker.taskQueue), ...recent.map((row) => row.taskQueue)]),
    queueOf: (type) => {
      const queues = new Set(
        serving.filter((each) => each.types.includes(type)).map((each) => each.taskQueue),
      );
      return queues.size === 1 ? [...queues][0] : undefined;
    },
  };
}

function sorted(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}
