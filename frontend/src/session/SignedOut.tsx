/** Says that the session has ended, beside whatever was being done. The login opens apart, so that nothing typed is lost. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { meQuery } from "../api/queries";
import styles from "./SignedOut.module.css";
import { isEnded, loginAddress, watchSession } from "./session";

export function useSignedOut(): boolean {
  return useSyncExternalStore(watchSession, isEnded);
}

/** Also within dialogs: what lies behind one cannot be pressed. */
export function SignedOut() {
  const shown = useSignedOut();
  if (!shown) return null;
  return (
    <p className={styles.notice} role="alert">
      You are signed out. What you typed is still here. <LoginLink />
    </p>
  );
}

export function LoginLink() {
  useAskedAgain();
  return (
    <a href={loginAddress()} target="_blank" rel="noopener">
      Log in (opens a new tab)
    </a>
  );
}

/** Who comes back from the login's tab is known again at once. */
function useAskedAgain(): void {
  const client = useQueryClient();
  useEffect(() => {
    const ask = () => void client.refetchQueries({ queryKey: meQuery.queryKey });
    window.addEventListener("focus", ask);
    return () => window.removeEventListener("focus", ask);
  }, [client]);
}
