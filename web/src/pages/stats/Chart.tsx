import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { language, t, type Language } from "../../i18n";
import { number } from "../../lib/format";
import { theme } from "../../lib/theme";
import { useStore } from "../../lib/store";
import { areaFill, chartColours, DASHES } from "./colours";
import { summarise, type Series } from "./series";

interface Props {
  title: string;
  unit: string;
  series: Series;
  names: string[]; // for people
  right?: number; // the line with an axis of its own, at the right, and its unit
  rightUnit?: string;
  stacked?: boolean;
}

const HEIGHT = 220;

function optionsOf({ series, names, right, stacked }: Props, box: HTMLElement, locale: Language): uPlot.Options {
  const colours = chartColours(box);
  const axis = { stroke: colours.text, grid: { stroke: colours.line, width: 1 }, ticks: { stroke: colours.line }, font: "12px sans-serif" };
  const figures = (_: uPlot, values: number[]) => values.map((v) => number(v, locale, v % 1 ? 1 : 0));
  const colourOf = (i: number) => colours.lines[i % colours.lines.length] ?? colours.text;
  return {
    width: Math.max(200, box.clientWidth),
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, points: { size: 7 } },
    scales: { x: { time: false }, y: { range: (_, __, max) => [0, (max || 1) * 1.1] }, right: { range: (_, __, max) => [0, (max || 1) * 1.1] } },
    axes: [
      { ...axis, values: (_, values) => values.map((v) => `${v} s`) },
      { ...axis, size: 52, values: figures },
      ...(right === undefined ? [] : [{ ...axis, scale: "right", side: 1 as const, size: 52, grid: { show: false }, values: figures }]),
    ],
    series: [
      {},
      ...series.names.map((_, i) => ({
        label: names[i] ?? "",
        scale: i === right ? "right" : "y",
        stroke: colourOf(i),
        width: 2,
        spanGaps: true,
        ...(stacked ? { fill: areaFill(colourOf(i)) } : { dash: DASHES[i % DASHES.length] ?? [] }),
      })),
    ],
  };
}

/* Stacked areas are drawn from the highest down, so that each covers its own part only. */
function drawn(props: Props): Props {
  if (!props.stacked) return props;
  const [times = [], ...rest] = props.series.columns;
  return {
    ...props,
    names: [...props.names].reverse(),
    series: { names: [...props.series.names].reverse(), columns: [times, ...rest.reverse()] },
  };
}

export function Chart(props: Props) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const locale = useStore(language);
  const look = useStore(theme);
  const shape = [locale, look, ...props.names].join();

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const view = drawn(props);
    const made = new uPlot(optionsOf(view, element, locale), view.series.columns as uPlot.AlignedData, element);
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: Math.max(200, element.clientWidth), height: HEIGHT }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shape]);
  useEffect(() => plot.current?.setData(drawn(props).series.columns as uPlot.AlignedData), [props.series]);

  return (
    <figure class="chart">
      <figcaption>{props.title}</figcaption>
      <div ref={box} class="chart-box" aria-hidden="true" />
      <FiguresTable {...props} locale={locale} />
    </figure>
  );
}

/* The same in figures, which is also the legend. */
function FiguresTable({ series, names, unit, right, rightUnit, stacked, locale, title }: Props & { locale: Language }) {
  const own = (i: number): (number | null)[] => {
    const column = series.columns[i + 1] ?? [];
    const below = stacked && i > 0 ? series.columns[i] : undefined;
    return below ? column.map((v, k) => (v ?? 0) - (below[k] ?? 0)) : column;
  };
  return (
    <table class="figures">
      <caption class="sr-only">{title}</caption>
      <thead>
        <tr>
          <th scope="col"><span class="sr-only">{t("figure.line")}</span></th>
          <th scope="col">{t("figure.min")}</th>
          <th scope="col">{t("figure.mean")}</th>
          <th scope="col">{t("figure.max")}</th>
        </tr>
      </thead>
      <tbody>
        {names.map((name, i) => {
          const { min, mean, max } = summarise(own(i));
          return (
            <tr key={name}>
              <th scope="row"><span class={`swatch line-${i % 5}`} aria-hidden="true" />{name} <small>{i === right ? rightUnit : unit}</small></th>
              {[min, mean, max].map((v, k) => <td key={k}>{number(v, locale, 1)}</td>)}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
