import { Page } from "../../design/Page";

export function StartPage() {
  return <Page title="Start a workflow">{null}</Page>;
}
