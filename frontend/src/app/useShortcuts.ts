/** Listens to the keys of `shortcuts.ts` while the shell is there. */
import { useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";
import { isTyping } from "../design/typing";
import { openHelp, openPalette } from "./palette";
import { Shortcuts } from "./shortcuts";

export function useShortcuts(): void {
  const navigate = useNavigate();
  useEffect(() => {
    const keys = new Shortcuts();
    const onKeyDown = (event: KeyboardEvent) => {
      const wish = keys.press(event, isTyping(event.target), event.timeStamp);
      if (!wish) return;
      event.preventDefault();
      if ("go" in wish) void navigate({ to: wish.go });
      else if (wish.open === "help") openHelp();
      else openPalette();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, [navigate]);
}
