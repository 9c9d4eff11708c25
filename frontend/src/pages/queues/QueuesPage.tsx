import { Page } from "../../design/Page";

export function QueuesPage() {
  return <Page title="Task queues">{null}</Page>;
}
