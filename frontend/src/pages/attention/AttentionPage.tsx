/** What needs an operator, by kind of trouble, the most urgent first: what is wrong, what to do, and the act that does it. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { every, LOOK_MS } from "../../api/poll";
import { attentionQuery, useMe } from "../../api/queries";
import type { Attention } from "../../api/types";
import { AsOf } from "../../design/AsOf";
import { Page } from "../../design/Page";
import { LoadingRows, Sheet } from "../../design/Sheet";
import { ErrorState } from "../../design/States";
import { ActDialog } from "../workflow/acts/ActDialog";
import styles from "./Attention.module.css";
import type { Asked } from "./asked";
import { Calm } from "./Calm";
import { counted, total } from "./groups";
import { TroubleSection } from "./TroubleSection";

export function AttentionPage() {
  const look = useQuery({ ...attentionQuery, refetchInterval: every(LOOK_MS) });
  // Here and not in its row, which may leave while somebody writes a reason.
  const [asked, setAsked] = useState<Asked>();
  useHash(look.data);
  return (
    <Page title="Needs attention" note={<AsOf look={look} />}>
      {look.isPending && <LoadingRows label="Looking what needs attention" rows={10} />}
      {look.isError && !look.data && (
        <Sheet>
          <ErrorState
            title="It could not be found out what needs attention"
            error={look.error}
            onRetry={() => void look.refetch()}
          >
            <p>This does not mean that nothing does.</p>
          </ErrorState>
        </Sheet>
      )}
      {look.data && <Found attention={look.data} onAct={setAsked} />}
      {asked && <ActDialog {...asked} onClose={() => setAsked(undefined)} />}
    </Page>
  );
}

function Found({ attention, onAct }: { attention: Attention; onAct(asked: Asked): void }) {
  const { me, may } = useMe();
  const { found, words } = total(attention);
  return (
    <>
      {found === 0 ? (
        <Calm troubles={attention.troubles} />
      ) : (
        <nav className={styles.kinds} aria-label="Kinds of trouble">
          <b className={styles.total}>{words} found</b>
          {attention.troubles.map((trouble) =>
            trouble.found > 0 ? (
              <a key={trouble.kind} href={`#${trouble.kind}`} className={styles.kind}>
                {trouble.title} <b>{counted(trouble)}</b>
              </a>
            ) : null,
          )}
        </nav>
      )}
      {me && !may("see-payloads") && found > 0 && (
        <p className={styles.hidden}>Messages of failures are hidden from you: they may hold payloads.</p>
      )}
      {attention.troubles.map((trouble) => (
        <TroubleSection key={trouble.kind} trouble={trouble} onAct={onAct} />
      ))}
      {found > 0 && <Others attention={attention} />}
    </>
  );
}

/** What was looked for and not found is good news, and worth a line. */
function Others({ attention }: { attention: Attention }) {
  const none = attention.troubles.filter((trouble) => trouble.found === 0);
  if (none.length === 0) return null;
  return (
    <p className={styles.others}>
      Nothing was found of:{" "}
      {none.map(({ title }) => title.charAt(0).toLowerCase() + title.slice(1)).join("; ")}.
    </p>
  );
}

/** `/attention#parked`: the section is not there yet when the page is opened. */
function useHash(attention: Attention | undefined): void {
  const done = useRef(false);
  useEffect(() => {
    if (!attention || done.current) return;
    done.current = true;
    document.getElementById(location.hash.slice(1))?.scrollIntoView();
  }, [attention]);
}
