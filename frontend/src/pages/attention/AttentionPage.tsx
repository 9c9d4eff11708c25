import { Page } from "../../design/Page";

export function AttentionPage() {
  return <Page title="Needs attention">{null}</Page>;
}
