import { Page } from "../../design/Page";

export function WorkflowsPage() {
  return <Page title="Workflows">{null}</Page>;
}
