// The page of one execution follows its workflow id over /ws: when something changes it is read again, and the parts of
// it that differ are put in place. What is open stays open, what has the focus is not touched. Without a socket the
// page is as it came.
(() => {
  "use strict";
  const page = document.querySelector("[data-sched-live]");
  if (!page || !("WebSocket" in window) || !("fetch" in window)) return;

  const REST_MS = 300, DELAY_MIN_MS = 500, DELAY_MAX_MS = 10000, TRIES_WITHOUT_SOCKET = 3;
  let delay = DELAY_MIN_MS, failures = 0, wasOpen = false, isReading = false, isWanted = false;

  const names = () => [...document.querySelectorAll("[data-sched-part]")].map((part) => part.dataset.schedPart);
  const partOf = (root, name) => root.querySelector(`[data-sched-part="${name}"]`);
  const isInUse = (part) => {
    const active = document.activeElement;
    const selection = window.getSelection();
    return (active && active !== document.body && part.contains(active) && active.matches("input, textarea, select"))
      || (selection && !selection.isCollapsed && part.contains(selection.anchorNode));
  };

  // Rows of a history never change: those that are new are added, and those that are there stay as they are.
  const addRows = (old, fresh) => {
    const rows = [...fresh.children];
    if (!rows.every((row) => row.id)) return;
    [...old.children].filter((row) => !row.id).forEach((row) => row.remove());
    rows.filter((row) => !document.getElementById(row.id)).forEach((row) => old.append(row));
  };

  const swap = (old, fresh) => {
    if (old.dataset.schedRows !== undefined) return addRows(old, fresh);
    if (old.isEqualNode(fresh) || isInUse(old)) return;
    const focused = old.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    old.replaceWith(fresh);
    if (focused) [...fresh.querySelectorAll("a[href]")].find((link) => link.getAttribute("href") === focused)?.focus();
  };

  const read = async () => {
    isWanted = true;
    if (isReading) return;
    isReading = true;
    while (isWanted) {
      isWanted = false;
      try {
        const answer = await fetch(location.href, { credentials: "same-origin" });
        const found = new DOMParser().parseFromString(await answer.text(), "text/html");
        if (!answer.ok || answer.redirected || !found.querySelector("[data-sched-live]")) break;
        for (const name of names()) {
          const old = partOf(document, name), fresh = partOf(found, name);
          if (old && fresh) swap(old, document.adoptNode(fresh));
        }
      } catch { /* it is tried again with the next change */ }
      await new Promise((done) => setTimeout(done, REST_MS));
    }
    isReading = false;
  };

  const connect = () => {
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`);
    let known = null;
    socket.onopen = () => {
      wasOpen = true;
      failures = 0;
      socket.send(JSON.stringify({ subscribe: { workflow: page.dataset.schedLive }, id: 1 }));
    };
    socket.onmessage = (event) => {
      const message = JSON.parse(event.data);
      if (message.snapshot) {
        delay = DELAY_MIN_MS;
        const length = String(message.snapshot.workflow.historyLength);
        if (length !== (known ?? page.dataset.schedLength)) read();
        known = length;
      } else if (message.changed) {
        read();
      }
    };
    socket.onclose = (event) => {
      failures += 1;
      if (event.code === 4401 || event.code === 4403 || (!wasOpen && failures >= TRIES_WITHOUT_SOCKET)) return;
      setTimeout(connect, delay * (0.5 + Math.random() / 2));
      delay = Math.min(delay * 2, DELAY_MAX_MS);
    };
  };

  window.addEventListener("pagehide", () => { failures = TRIES_WITHOUT_SOCKET; wasOpen = false; }, { once: true });
  connect();
})();
