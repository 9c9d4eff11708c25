import { Link } from "@tanstack/react-router";
import { buttonClass } from "../design/Button";
import { Page } from "../design/Page";
import { Sheet } from "../design/Sheet";
import { Empty } from "../design/States";

export function NotFound() {
  return (
    <Page title="Not found">
      <Sheet>
        <Empty
          title="There is no such page"
          actions={
            <>
              <Link to="/" className={buttonClass("solid")}>
                Overview
              </Link>
              <Link to="/workflows" className={buttonClass()}>
                Workflows
              </Link>
            </>
          }
        >
          <p>
            Nothing is at <code>{location.pathname}</code>. If a link led here, the link is wrong.
          </p>
        </Empty>
      </Sheet>
    </Page>
  );
}
