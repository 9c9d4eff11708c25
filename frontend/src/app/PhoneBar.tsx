/** The navigation of a narrow window: the four pages that one needs on the way, and the rest behind a menu. */
import { useLocation, useNavigate } from "@tanstack/react-router";
import { useMe } from "../api/queries";
import { classes } from "../design/classes";
import { Icon } from "../design/Icon";
import { Menu, type MenuItem } from "../design/Menu";
import { PlaceLink } from "./PlaceLink";
import { openPalette } from "./palette";
import { PLACES } from "./places";
import { useReaderItems } from "./Reader";
import styles from "./Shell.module.css";

export function PhoneBar() {
  const { may } = useMe();
  const navigate = useNavigate();
  const reader = useReaderItems();
  const path = useLocation({ select: ({ pathname }) => pathname });
  const isBehind = PLACES.some((place) => !place.first && path.startsWith(place.to)) || path === "/start";
  const others: MenuItem[] = PLACES.filter(
    (place) => !place.first && (!place.action || may(place.action)),
  ).map((place) => ({
    label: place.name,
    icon: place.icon,
    onSelect: () => void navigate({ to: place.to }),
  }));
  if (may("start"))
    others.unshift({
      label: "Start a workflow",
      icon: "plus",
      onSelect: () => void navigate({ to: "/start" }),
    });
  others.unshift({ label: "Search", icon: "search", onSelect: () => openPalette() });
  return (
    <nav className={styles.bar} aria-label="Pages">
      {PLACES.filter((place) => place.first).map((place) => (
        <PlaceLink key={place.to} place={place} />
      ))}
      <Menu
        button={
          <>
            <Icon name="more" />
            More
          </>
        }
        items={[...others, ...reader]}
        className={classes(styles.place, isBehind && styles.here)}
        end
        above
      />
    </nav>
  );
}
