/** Which keys do what. */
import { Dialog } from "../design/Dialog";
import { Kbd } from "../design/Kbd";
import styles from "./KeyboardHelp.module.css";
import { PLACES } from "./places";

const MODIFIER = /Mac|iPhone|iPad/.test(navigator.userAgent) ? "⌘" : "Ctrl";

const GROUPS: [string, [string, string[]][]][] = [
  [
    "Everywhere",
    [
      ["Search and commands", [MODIFIER, "K"]],
      ["This help", ["?"]],
      ["Close, leave", ["Esc"]],
    ],
  ],
  [
    "Go to",
    [
      ...PLACES.map(({ name, key }): [string, string[]] => [name, ["g", key]]),
      ["Start a workflow", ["g", "s"]],
    ],
  ],
  [
    "In the list of workflows",
    [
      ["Next, previous", ["j", "k"]],
      ["Open", ["Enter"]],
      ["Select", ["x"]],
      ["Search by id", ["/"]],
    ],
  ],
];

export function KeyboardHelp({ onClose }: { onClose(): void }) {
  return (
    <Dialog title="Keyboard" onClose={onClose} wide>
      <div className={styles.groups}>
        {GROUPS.map(([title, rows]) => (
          <section key={title}>
            <h3>{title}</h3>
            <dl className={styles.keys}>
              {rows.map(([name, keys]) => (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>
                    {keys.map((key) => (
                      <Kbd key={key}>{key}</Kbd>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
