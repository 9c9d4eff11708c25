/** Our own marks, drawn on a grid of 16 with a line of 1.5: ink that takes the colour of its text. Always beside a name. */

const PATHS = {
  overview: "M2.5 13.5v-4h3v4zM6.5 13.5v-11h3v11zM10.5 13.5v-7h3v7z",
  workflows: "M2.5 4h7M4.5 8h7M7.5 12h6",
  start: "M5 3l8 5-8 5z",
  queues: "M2.5 3.5h11v3h-11zM2.5 9.5h11v3h-11zM5 5h.01M5 11h.01",
  workers:
    "M4.5 4.5h7v7h-7zM6.5 4.5v-2M9.5 4.5v-2M6.5 13.5v-2M9.5 13.5v-2M4.5 6.5h-2M4.5 9.5h-2M13.5 6.5h-2M13.5 9.5h-2",
  attention: "M8 2.5l6 11H2zM8 6.5v3.5M8 12h.01",
  audit: "M3.5 2.5h9v11h-9zM6 5.5h4M6 8h4M6 10.5h2.5",
  bulk: "M2.5 5.5l2 2 3-4M2.5 11.5l2 2 3-4M9.5 5.5h4M9.5 11.5h4",
  search: "M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9M10.5 10.5l3.5 3.5",
  close: "M4 4l8 8M12 4l-8 8",
  check: "M3 8.5l3.5 3.5L13 4.5",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  refresh: "M13 8a5 5 0 1 1-1.6-3.7M13 2v3h-3",
  more: "M2.7 8a.8.8 0 1 0 1.6 0 .8.8 0 1 0-1.6 0M7.2 8a.8.8 0 1 0 1.6 0 .8.8 0 1 0-1.6 0M11.7 8a.8.8 0 1 0 1.6 0 .8.8 0 1 0-1.6 0",
  down: "M4 6l4 4 4-4",
  up: "M4 10l4-4 4 4",
  right: "M6 4l4 4-4 4",
  left: "M10 4l-4 4 4 4",
  out: "M9 3h4v4M13 3L7.5 8.5M11 9.5v3.5H3V5h3.5",
  download: "M8 2.5v8M4.5 7L8 10.5 11.5 7M3 13.5h10",
  sun: "M8 5.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5M8 1.5v1.5M8 13v1.5M1.5 8H3M13 8h1.5M3.4 3.4l1 1M11.6 11.6l1 1M3.4 12.6l1-1M11.6 4.4l1-1",
  moon: "M13.5 9.5A6 6 0 0 1 6.5 2.5a6 6 0 1 0 7 7",
  system: "M2 3h12v8H2zM6 13.5h4",
  person: "M8 2.5a2.75 2.75 0 1 0 0 5.5 2.75 2.75 0 0 0 0-5.5M3 13.5c.5-2.5 2.5-3.5 5-3.5s4.5 1 5 3.5",
  signal:
    "M8 8h.01M5.2 10.8a4 4 0 0 1 0-5.6M10.8 5.2a4 4 0 0 1 0 5.6M3 13a7 7 0 0 1 0-10M13 3a7 7 0 0 1 0 10",
  cancel: "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M4.2 11.8l7.6-7.6",
  terminate: "M4 4h8v8H4z",
  retry: "M3 8a5 5 0 1 0 1.6-3.7M3 2v3h3",
  clock: "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M8 5v3.2l2 1.6",
  filter: "M2.5 3.5h11L9.5 8.5v4l-3 1v-5z",
  help: "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M6.3 6.5a1.7 1.7 0 1 1 2.4 1.6c-.5.2-.7.5-.7 1M8 11.2h.01",
  plus: "M8 3v10M3 8h10",
  minus: "M3 8h10",
  hidden: "M2 8s2.2-4 6-4 6 4 6 4-2.2 4-6 4-6-4-6-4M3 13L13 3",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
