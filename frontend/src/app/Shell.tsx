/** What is around every page: the way to the others, the connection, who looks, messages, the command palette. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, Outlet } from "@tanstack/react-router";
import { useEffect } from "react";
import { ApiError } from "../api/http";
import { meQuery, useMe } from "../api/queries";
import { buttonClass, IconButton } from "../design/Button";
import { Icon } from "../design/Icon";
import { Toasts } from "../design/Toasts";
import { live } from "../live/socket";
import { useRestored } from "../live/useLive";
import { ConnectionLine } from "./ConnectionLine";
import { Forbidden } from "./Forbidden";
import { Palette } from "./Palette";
import { PhoneBar } from "./PhoneBar";
import { PlaceLink } from "./PlaceLink";
import { openPalette } from "./palette";
import { PLACES } from "./places";
import { Reader } from "./Reader";
import styles from "./Shell.module.css";

export function Shell() {
  const { data: me, error } = useQuery(meQuery);
  const client = useQueryClient();
  const isKnown = me !== undefined;
  useEffect(() => {
    if (isKnown) live.begin();
  }, [isKnown]);
  useRestored(() => void client.invalidateQueries());
  const forbidden = error instanceof ApiError && error.status === 403;
  return (
    <div className={styles.shell}>
      <a className={styles.skip} href="#main">
        Skip to the content
      </a>
      <Rail />
      <main id="main" className={styles.main} tabIndex={-1}>
        <ConnectionLine />
        <Allowed forbidden={forbidden} />
      </main>
      <PhoneBar />
      <Palette />
      <Toasts />
    </div>
  );
}

/** Who is known and may not read gets told so, on every page alike. */
function Allowed({ forbidden }: { forbidden: boolean }) {
  const { me, may } = useMe();
  return forbidden || (me && !may("read")) ? <Forbidden /> : <Outlet />;
}

function Rail() {
  const { may } = useMe();
  return (
    <header className={styles.rail}>
      <div className={styles.brand}>
        <Link to="/" className={styles.name}>
          <span className={styles.lamp} />
          sched
        </Link>
        <IconButton icon="search" label="Search and commands (Ctrl K)" onClick={() => openPalette()} />
      </div>
      <nav className={styles.nav} aria-label="Pages">
        {PLACES.filter((place) => !place.action || may(place.action)).map((place) => (
          <PlaceLink key={place.to} place={place} />
        ))}
        {may("start") && (
          <div className={styles.start}>
            <Link to="/start" className={buttonClass()}>
              <Icon name="plus" /> Start a workflow
            </Link>
          </div>
        )}
      </nav>
      <div className={styles.foot}>
        <Reader />
      </div>
    </header>
  );
}
