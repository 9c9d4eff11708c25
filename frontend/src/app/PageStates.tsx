/** A page that is on its way, and one that failed to be drawn. */
import { type ErrorComponentProps } from "@tanstack/react-router";
import { Button } from "../design/Button";
import { Page } from "../design/Page";
import { ErrorState, SkeletonLines } from "../design/States";

export function PagePending() {
  return (
    <Page title="sched" heading={<span className="visually-hidden">Loading</span>}>
      <SkeletonLines lines={8} />
    </Page>
  );
}

/** After an update of the server the code of a page that was not fetched yet is gone: a reload gets the new. */
export function PageFault({ error }: ErrorComponentProps) {
  return (
    <Page title="This page failed">
      <ErrorState
        title="The page could not be shown"
        error={error}
        actions={
          <Button icon="refresh" onClick={() => location.reload()}>
            Reload
          </Button>
        }
      >
        <p>Workflows are not affected: this is a fault of the page, or it was updated meanwhile.</p>
      </ErrorState>
    </Page>
  );
}
