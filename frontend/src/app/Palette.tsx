/** The command palette: one field for all that one may look for or do. Arrows choose, Enter does, Escape leaves. */
import { useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { Icon } from "../design/Icon";
import { Kbd } from "../design/Kbd";
import type { Command } from "./commands";
import { KeyboardHelp } from "./KeyboardHelp";
import styles from "./Palette.module.css";
import { Options } from "./PaletteOptions";
import { closePalette, paletteState, watchPalette } from "./palette";
import { useCommands } from "./useCommands";
import { useShortcuts } from "./useShortcuts";

export function Palette() {
  useShortcuts();
  const open = useSyncExternalStore(watchPalette, paletteState);
  if (open === "help") return <KeyboardHelp onClose={closePalette} />;
  return open === "palette" ? <Search /> : null;
}

function Search() {
  const dialog = useRef<HTMLDialogElement>(null);
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const { commands, searching, failure } = useCommands(typed);
  const navigate = useNavigate();
  useEffect(() => {
    const element = dialog.current;
    if (element && !element.open) element.showModal();
    return () => element?.close();
  }, []);
  const chosen = Math.min(at, commands.length - 1);
  const take = (command: Command | undefined) => {
    if (!command) return;
    closePalette();
    command.run?.();
    if (command.to) void navigate(command.to);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") setAt((chosen + 1) % Math.max(1, commands.length));
    else if (event.key === "ArrowUp") setAt((chosen - 1 + commands.length) % Math.max(1, commands.length));
    else if (event.key === "Enter") take(commands[chosen]);
    else return;
    event.preventDefault();
  };
  return (
    <dialog
      ref={dialog}
      className={styles.dialog}
      aria-label="Search and commands"
      onCancel={closePalette}
      onMouseDown={(event) => event.target === dialog.current && closePalette()}
    >
      <div className={styles.search}>
        <Icon name="search" />
        <input
          role="combobox"
          aria-expanded="true"
          aria-controls="palette-options"
          aria-activedescendant={commands[chosen] && `option-${commands[chosen].id}`}
          aria-label="Workflow id, page or action"
          placeholder="Workflow id, page or action"
          autoComplete="off"
          spellCheck={false}
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
        />
        <Kbd>esc</Kbd>
      </div>
      <Options
        commands={commands}
        chosen={chosen}
        searching={searching}
        failure={failure}
        onChoose={setAt}
        onTake={take}
      />
    </dialog>
  );
}
