import { Page } from "../../design/Page";

export function WorkersPage() {
  return <Page title="Workers">{null}</Page>;
}
