import { useEffect, useRef } from 'react';
import UPlot from 'uplot';
import { t } from '../../lib/i18n';
import { formatDate, number, weekdayDate } from './dates';

export interface Line {
  label: string;
  /** Name of a colour of the style sheet. */
  colour: string;
  values: number[];
  /** A line that is not to be told from the others by its colour alone. */
  dashed?: boolean;
  filled?: boolean;
}

/** The colour that a name of the style sheet has in the theme of the moment. */
function colourOf(at: HTMLElement, name: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(--${name})`;
  at.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

/** Lines over days. It follows the width of its box and the theme. What it shows also stands in the table beside it. */
export default function Plot({ days, lines, label }: { days: string[]; lines: Line[]; label: string }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const at = box.current!;
    let plot: UPlot | undefined;
    const xs = days.map((_, i) => i);
    const draw = () => {
      plot?.destroy();
      const muted = colourOf(at, 'muted');
      const line = colourOf(at, 'line');
      const strokes = lines.map((l) => colourOf(at, l.colour));
      const font = '11px ' + getComputedStyle(at).fontFamily;
      plot = new UPlot(
        {
          width: at.clientWidth,
          height: 220,
          padding: [10, 12, 0, 0],
          cursor: { drag: { setScale: false }, points: { size: 8, fill: (_, i) => strokes[i - 1] ?? muted }, y: false },
          legend: { live: true, isolate: true },
          scales: { x: { time: false }, y: { range: (_, __, max) => [0, Math.max(4, Math.ceil(max * 1.08))] } },
          axes: [
            { stroke: muted, font, grid: { show: false }, ticks: { stroke: line, size: 4 }, gap: 4, size: 26, space: 64, incrs: [1, 2, 7, 14, 28, 56], values: (_, at) => at.map((i) => (Number.isInteger(i) && days[i] ? formatDate(days[i]) : '')) },
            { stroke: muted, font, grid: { stroke: line, width: 1 }, ticks: { show: false }, gap: 6, size: 42, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000], values: (_, at) => at.map((v) => number(v)) },
          ],
          series: [
            { label: t('numbers.day'), value: (_, i) => (i === null || days[i] === undefined ? '' : weekdayDate(days[i])) },
            ...lines.map((l, i): UPlot.Series => {
              const stroke = strokes[i]!;
              return {
                label: l.label,
                stroke,
                width: 2,
                dash: l.dashed ? [5, 4] : undefined,
                fill: l.filled ? stroke.replace(/^rgb\((.*)\)$/, 'rgba($1, 0.12)') : undefined,
                points: { show: days.length <= 14, size: 6, fill: colourOf(at, 'surface') },
                value: (_, v) => (v === null ? '' : number(v)),
              };
            }),
          ],
        },
        [xs, ...lines.map((l) => l.values)],
        at,
      );
      const wrap = plot.root.querySelector('.u-wrap');
      wrap?.setAttribute('role', 'img');
      wrap?.setAttribute('aria-label', label);
    };
    draw();
    const sized = new ResizeObserver(() => plot && plot.width !== at.clientWidth && plot.setSize({ width: at.clientWidth, height: 220 }));
    sized.observe(at);
    const themed = new MutationObserver(draw);
    themed.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
    const dark = matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', draw);
    return () => {
      sized.disconnect();
      themed.disconnect();
      dark.removeEventListener('change', draw);
      plot?.destroy();
    };
  }, [days, lines, label]);
  return <div ref={box} className="plot" />;
}
