import { Page } from "../../design/Page";

export function BulkPage() {
  return <Page title="Bulk operations">{null}</Page>;
}
