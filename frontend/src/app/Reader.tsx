/** Who looks at this page, and what concerns them: theme, admin, keys, the way out. */
import { useSyncExternalStore } from "react";
import { useMe } from "../api/queries";
import { Icon } from "../design/Icon";
import { Menu, type MenuItem } from "../design/Menu";
import { openHelp } from "./palette";
import styles from "./Reader.module.css";
import { signOut } from "./session";
import { setTheme, THEMES, type Theme, theme, watchTheme } from "./theme";

const NAMES = { system: "Theme of the system", light: "Light", dark: "Dark" } as const;
const ICONS = { system: "system", light: "sun", dark: "moon" } as const;

export function useTheme(): Theme {
  return useSyncExternalStore(watchTheme, theme);
}

export function useReaderItems(): MenuItem[] {
  const { me } = useMe();
  const current = useTheme();
  const items: MenuItem[] = THEMES.map((each) => ({
    label: NAMES[each],
    icon: ICONS[each],
    chosen: each === current,
    onSelect: () => setTheme(each),
  }));
  items.push({ label: "Keyboard", icon: "help", onSelect: openHelp });
  if (me?.adminUrl) items.push({ label: "Admin", icon: "out", href: me.adminUrl });
  if (me?.kind === "user") items.push({ label: "Sign out", icon: "out", onSelect: signOut });
  return items;
}

export function Reader() {
  const { me } = useMe();
  const items = useReaderItems();
  const name = me?.name || (me?.openAccess ? "Open access" : "…");
  return (
    <Menu
      label={`${name}: theme, keyboard and account`}
      className={styles.button}
      above
      items={items}
      button={
        <>
          <Icon name="person" />
          <span className={styles.name}>{name}</span>
        </>
      }
    />
  );
}
