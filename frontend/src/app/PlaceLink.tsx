/** A way to a page; the lamp is on where one is. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { attentionQuery } from "../api/queries";
import { Icon } from "../design/Icon";
import type { Place } from "./places";
import styles from "./Shell.module.css";

export function PlaceLink({ place }: { place: Place }) {
  return (
    <Link
      to={place.to}
      className={styles.place}
      activeOptions={{ exact: place.to === "/", includeSearch: false }}
    >
      <Icon name={place.icon} />
      {place.name}
      {place.to === "/attention" && <Troubles />}
    </Link>
  );
}

/** How many things need somebody; nothing is shown while there are none, or while nobody can say. */
function Troubles() {
  const { data } = useQuery(attentionQuery);
  const found = data?.troubles.reduce((sum, trouble) => sum + trouble.found, 0) ?? 0;
  if (found === 0) return null;
  return (
    <span className={styles.count}>
      {found > 99 ? "99+" : found}
      <span className="visually-hidden"> found</span>
    </span>
  );
}
