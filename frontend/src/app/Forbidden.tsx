import { leadToLogin } from "../api/client";
import { useMe } from "../api/queries";
import { Button } from "../design/Button";
import { Page } from "../design/Page";
import { Empty } from "../design/States";
import { signOut } from "./session";

export function Forbidden() {
  const { me } = useMe();
  return (
    <Page title="Not allowed">
      <Empty
        title="You may not look at workflows"
        actions={
          <Button look="solid" onClick={me?.kind === "user" ? signOut : leadToLogin}>
            Sign in as somebody else
          </Button>
        }
      >
        <p>
          {me?.name ? <b>{me.name}</b> : "This account"} has no right to read. Somebody with the admin can put
          it into the group “sched viewer” (look), “sched operator” (look and act) or “sched admin”.
        </p>
      </Empty>
    </Page>
  );
}
