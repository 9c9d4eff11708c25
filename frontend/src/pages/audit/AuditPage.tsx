import { Page } from "../../design/Page";

export function AuditPage() {
  return <Page title="Audit">{null}</Page>;
}
