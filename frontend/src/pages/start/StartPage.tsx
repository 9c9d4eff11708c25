/** Starts a workflow. A link may fill the form in: `/start?workflowName=HelloWorld&input="world"`. */
import { useSearch } from "@tanstack/react-router";
import { useMe } from "../../api/queries";
import { Page } from "../../design/Page";
import { Empty, SkeletonLines } from "../../design/States";
import { draftOf } from "./request";
import { StartForm } from "./StartForm";
import styles from "./StartPage.module.css";

export function StartPage() {
  const search = useSearch({ from: "/start" });
  const { me, may } = useMe();
  return (
    <Page title="Start a workflow">
      <div className={styles.sheet}>
        {!me && <SkeletonLines lines={8} label="Finding out whether you may start workflows" />}
        {me && !may("start") && (
          <Empty title="You may not start workflows">
            <p>The role of an operator is needed for that (the group “sched operator”).</p>
          </Empty>
        )}
        {may("start") && <StartForm key={JSON.stringify(search)} initial={draftOf(search)} />}
      </div>
    </Page>
  );
}
