/** Lines over time, drawn by uPlot (fetched when the first chart is). Arrow keys move the mark as the pointer does. */
import { type KeyboardEvent, useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import styles from "./Chart.module.css";
import { inkOf, onThemeChange } from "./ink";
import type { Line } from "./line";

interface Props {
  at: number[];
  lines: readonly Line[];
  label: string;
  format(value: number): string;
  steps: number[] | undefined;
  onMark(index: number | null): void;
}

export default function Plot({ at, lines, label, format, steps, onMark }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const latest = useRef({ at, lines, format, steps, onMark });
  latest.current = { at, lines, format, steps, onMark };
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const chart = new uPlot(optionsFor(element, latest), dataOf(latest.current), element);
    plot.current = chart;
    const sizes = new ResizeObserver(() =>
      chart.setSize({ width: element.clientWidth, height: element.clientHeight }),
    );
    sizes.observe(element);
    const end = onThemeChange(() => chart.redraw(false));
    return () => {
      sizes.disconnect();
      end();
      chart.destroy();
    };
  }, []);
  useEffect(() => {
    plot.current?.setData(dataOf({ at, lines }));
  }, [at, lines]);
  const onKeyDown = (event: KeyboardEvent) => {
    const chart = plot.current;
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!chart || !step) return;
    event.preventDefault();
    const next = Math.max(0, Math.min(at.length - 1, (chart.cursor.idx ?? at.length) + step));
    chart.setCursor({ left: chart.valToPos(at[next] ?? 0, "x"), top: 0 });
  };
  return (
    <div ref={box} className={styles.plot} role="img" aria-label={label} tabIndex={0} onKeyDown={onKeyDown} />
  );
}

function dataOf({ at, lines }: { at: number[]; lines: readonly Line[] }): uPlot.AlignedData {
  return [at, ...lines.map((line) => line.values)];
}

type Latest = { current: Props | Omit<Props, "label"> };

function optionsFor(element: HTMLElement, latest: Latest): uPlot.Options {
  const axis = {
    stroke: () => inkOf(element, "--ink-3"),
    font: `11px ${getComputedStyle(element).fontFamily}`,
  };
  const grid = { stroke: () => inkOf(element, "--rule"), width: 1 };
  return {
    width: element.clientWidth,
    height: element.clientHeight,
    padding: [8, 20, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
    scales: { y: { range: (_, __, max) => [0, max > 0 ? max * 1.08 : 1] } },
    axes: [
      { ...axis, grid: { show: false }, ticks: grid, values: timeLabels, space: 60, size: 28 },
      {
        ...axis,
        grid,
        ticks: { show: false },
        size: 56,
        space: 34,
        ...(latest.current.steps ? { incrs: latest.current.steps } : {}),
        values: (_, marks) => marks.map((mark) => latest.current.format(mark)),
      },
    ],
    series: [
      {},
      ...latest.current.lines.map((line) => ({
        label: line.name,
        stroke: () => inkOf(element, line.color),
        width: 1.5,
        spanGaps: false,
        points: { show: true, filter: isolated, size: 4 },
        ...(line.dashed ? { dash: [4, 3] } : {}),
        ...(line.filled
          ? { fill: () => `color-mix(in oklch, ${inkOf(element, line.color)} 14%, transparent)` }
          : {}),
      })),
    ],
    hooks: { setCursor: [(chart) => latest.current.onMark(chart.cursor.idx ?? null)] },
  };
}

/** A value with none beside it makes no line: it gets a dot, and the others none. */
function isolated(chart: uPlot, series: number): number[] {
  const values = chart.data[series] ?? [];
  return [...values.keys()].filter(
    (at) => values[at] != null && values[at - 1] == null && values[at + 1] == null,
  );
}

const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const SECONDS = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const DAY = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric" });

function timeLabels(_: uPlot, marks: number[], __: number, ___: number, step: number): string[] {
  const format = step >= 86_400 ? DAY : step < 60 ? SECONDS : CLOCK;
  return marks.map((mark) => format.format(mark * 1_000));
}
