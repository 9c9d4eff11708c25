import { Page } from "../../design/Page";

export function WorkflowPage() {
  return <Page title="Workflow">{null}</Page>;
}
