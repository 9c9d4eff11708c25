/** Says when what is shown is old, since when, and that it is being mended. While all is well there is nothing to say. */
import { useEffect } from "react";
import { useClock } from "../design/clock";
import { timeOfDay } from "../design/time";
import { useConnection } from "../live/useLive";
import { LoginLink, SignedOut, useSignedOut } from "../session/SignedOut";
import styles from "./ConnectionLine.module.css";

/** A restart of the server is over before that: no need to frighten anybody. */
const PATIENCE_MS = 1_500;

export function ConnectionLine() {
  const { state, since, retry } = useConnection();
  const late = useClock((now) => now - since > PATIENCE_MS, state === "live" || state === "idle");
  useEffect(() => {
    window.addEventListener("online", retry);
    return () => window.removeEventListener("online", retry);
  }, [retry]);
  const signedOut = useSignedOut();
  useEffect(() => {
    // Back after a login elsewhere: what was refused is let in again.
    if (!signedOut) retry();
  }, [signedOut, retry]);
  if (signedOut)
    return (
      <div className={styles.line}>
        <SignedOut />
      </div>
    );
  const shown = state === "refused" || ((state === "lost" || state === "connecting") && late);
  return (
    <div role="status">
      {shown && (
        <div className={styles.line}>
          {state === "refused" ? (
            <Refused />
          ) : (
            <Lost since={since} never={state === "connecting"} retry={retry} />
          )}
        </div>
      )}
    </div>
  );
}

function Lost({ since, never, retry }: { since: number; never: boolean; retry(): void }) {
  return (
    <>
      <span>
        {never
          ? "Connecting for live changes…"
          : `No live connection since ${timeOfDay(since)}: what is shown may be old. Reconnecting…`}
      </span>
      <button type="button" onClick={retry}>
        Try now
      </button>
    </>
  );
}

function Refused() {
  return (
    <>
      <span>The session has ended, or may not read any more: what is shown is old.</span>
      <LoginLink />
    </>
  );
}
