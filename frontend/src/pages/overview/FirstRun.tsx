/** What a page without any execution teaches: how to start the first. */
import { Link } from "@tanstack/react-router";
import { useMe } from "../../api/queries";
import { buttonClass } from "../../design/Button";
import { Command } from "../../design/Command";
import { Empty } from "../../design/States";
import styles from "./OverviewPage.module.css";

export function FirstRun() {
  const { may, me } = useMe();
  const line = `curl -X POST ${location.origin}/api/workflows \\
  -H 'Content-Type: application/json' \\
  ${me?.openAccess ? "" : "-H 'Authorization: Bearer <API key>' \\\n  "}-d '{"workflowName":"HelloWorld","input":"world"}'`;
  return (
    <div className={styles.first}>
      <Empty
        title="Nothing has been started yet"
        actions={
          may("start") && (
            <Link
              to="/start"
              search={{ workflowName: "HelloWorld", input: '"world"' }}
              className={buttonClass("solid")}
            >
              Start HelloWorld
            </Link>
          )
        }
      >
        <p>
          Here will be what runs, how fast it goes and what needs you. The demo worker knows a first workflow:
        </p>
        <Command line={line} />
      </Empty>
    </div>
  );
}
