/** How queries behave: what is tried again, and what happens when the session has ended. */
import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { isEnded, loginAddress, setEnded } from "../session/session";
import { ApiError } from "./http";
import { keys } from "./queries";

const TRIES = 3;
/** Live pages are told what changes; for the others this is how old data may be before a look at the page renews it. */
const STALE_MS = 10_000;

/** What the server refused it will refuse again; what nobody answered, or the server could not do just now, may go well. */
export function worthAnotherTry(failures: number, error: Error): boolean {
  if (!(error instanceof ApiError)) return false;
  return failures < TRIES && (error.status === 0 || error.status === 429 || error.status >= 500);
}

/** `onUnauthenticated`: nobody is known yet, so there is nothing to lose. Of who was known the page says that they are signed out. */
export function makeQueryClient(onUnauthenticated: () => void): QueryClient {
  const onError = (error: Error) => {
    if (!(error instanceof ApiError && error.status === 401)) return;
    if (client.getQueryData(keys.me) === undefined) onUnauthenticated();
    else setEnded(true);
  };
  const onSuccess = () => {
    if (!isEnded()) return;
    setEnded(false);
    void client.invalidateQueries();
  };
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError, onSuccess }),
    mutationCache: new MutationCache({ onError, onSuccess }),
    defaultOptions: {
      queries: {
        staleTime: STALE_MS,
        retry: worthAnotherTry,
        // What failed says so until somebody asks again; another part of the page that wants it, too, is not somebody.
        retryOnMount: false,
        // The browser knows only of its own network; on a laptop without one the server on loopback answers all the same.
        networkMode: "always",
      },
      mutations: { networkMode: "always", retry: false },
    },
  });
  return client;
}

/** The page for those who are nobody yet; it leads back. */
export function leadToLogin(): void {
  location.assign(loginAddress());
}
