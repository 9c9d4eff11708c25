/** The list below the palette's field. */
import { useEffect, useRef } from "react";
import { classes } from "../design/classes";
import { Icon } from "../design/Icon";
import type { Command } from "./commands";
import styles from "./Palette.module.css";

interface Props {
  commands: readonly Command[];
  chosen: number;
  searching: boolean;
  failure: string | undefined;
  onChoose(index: number): void;
  onTake(command: Command): void;
}

export function Options({ commands, chosen, searching, failure, onChoose, onTake }: Props) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.querySelector(`[aria-selected="true"]`)?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  const groups = [...new Set(commands.map((command) => command.group))];
  return (
    <div id="palette-options" className={styles.list} ref={list} role="listbox" aria-label="What fits">
      {groups.map((group) => (
        <div key={group} role="group" aria-label={group}>
          <div className={styles.group} aria-hidden="true">
            {group}
          </div>
          {commands.map((command, index) =>
            command.group === group ? (
              <div
                key={command.id}
                id={`option-${command.id}`}
                role="option"
                aria-selected={index === chosen}
                className={styles.option}
                onPointerMove={() => index !== chosen && onChoose(index)}
                onClick={() => onTake(command)}
              >
                <Icon name={command.icon} />
                <span className={classes(styles.text, group === "Workflows" && styles.mono)}>
                  {command.name}
                </span>
                {command.note && <span className={styles.note}>{command.note}</span>}
              </div>
            ) : null,
          )}
        </div>
      ))}
      {failure && (
        <p className={styles.failure} role="status">
          Workflow ids could not be looked for: {failure}
        </p>
      )}
      {commands.length === 0 && !failure && (
        <p className={styles.none} role="status">
          {searching ? "Looking…" : "No page, action or workflow id begins so."}
        </p>
      )}
    </div>
  );
}
