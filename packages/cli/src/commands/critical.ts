import { byName, readBox, type Side } from '../calculus/boxes.ts';
import type { CommandAction } from '../definition.ts';
import { InputError } from '../errors.ts';
import { readFormula } from '../input/formula.ts';
import { numberOption } from '../input/number.ts';
import { toJson } from '../output/json.ts';
import { formatNumber } from '../output/number.ts';
import { renderTable } from '../output/table.ts';
import { shorten, wrapText } from '../output/wrap.ts';
import { pictureFormat } from '../plot/format.ts';

export interface CriticalCommandOptions {
  on: string;
  budget: string;
  plot?: string;
}

/** Undecided boxes shown as text; --json has them all. */
const shown = 6;

export const criticalCommand: CommandAction<CriticalCommandOptions> = async (argument, options, context) => {
  const { terminal, json } = context;
  const budget = numberOption('--budget', options.budget, { min: 1, max: 1_000_000, integer: true });
  if (options.plot !== undefined) pictureFormat(options.plot);
  const text = await readFormula(argument);
  const { formula, variables, box } = readBox(text, options.on, { infinite: false });
  if (options.plot !== undefined && variables.length > 2) {
    throw new InputError(
      'plot-needs-two-variables',
      `critical points are drawn for one or two variables; this function has ${variables.length}`,
    );
  }
  const { criticalPoints, undecidedReasons } = await import('downhill/calculus');
  const f = formula.f as (...xs: number[]) => number;
  const found = criticalPoints(f, box as readonly Side[], { budget });
  if (options.plot !== undefined) {
    const { criticalFigure } = await import('../plot/critical.ts');
    const { writeFigure } = await import('../plot/file.ts');
    await writeFigure(
      options.plot,
      criticalFigure({ formula: text, variables, f, box: box as readonly Side[], found }),
    );
  }
  const code = found.complete ? 0 : 1;
  if (json) {
    terminal.out(
      toJson({
        variables,
        points: found.points.map(({ point, value, kind, unique, box: enclosure, order }) => ({
          point: byName(variables, point),
          value,
          kind,
          unique,
          order,
          enclosure: byName(variables, enclosure),
        })),
        complete: found.complete,
        undecided: found.undecided.map(({ box: part, reason }) => ({ box: byName(variables, part), reason })),
        boxes: found.boxes,
        message: found.message,
      }),
    );
    return code;
  }
  const { style, width } = terminal;
  terminal.out(`${style.bold(shorten(`f(${variables.join(', ')}) = ${text}`, width))}\n\n`);
  if (found.points.length > 0) {
    terminal.out(
      renderTable(
        [
          ...variables.map((name, i) => ({
            header: name,
            cells: found.points.map((p) => settled(p.point[i] as number)),
          })),
          { header: 'f', cells: found.points.map((p) => p.value) },
          { header: 'kind', cells: found.points.map((p) => p.kind) },
          { header: 'proof', cells: found.points.map((p) => (p.unique ? 'exists, only one' : 'exists')) },
        ],
        { width, paintHeader: style.dim },
      ),
    );
    terminal.out('\n');
  }
  const paint = found.complete ? style.green : style.orange;
  terminal.out(`${paint(wrapText(found.message, width))}\n`);
  for (const { box: part, reason } of found.undecided.slice(0, shown)) {
    const ranges = part
      .map(([low, high], i) => `${variables[i]} = ${formatNumber(low)}:${formatNumber(high)}`)
      .join(', ');
    terminal.out(`${wrapText(`  ${ranges}: ${undecidedReasons[reason]}`, width)}\n`);
  }
  if (found.undecided.length > shown) terminal.out(`  … ${found.undecided.length - shown} more with --json\n`);
  if (options.plot !== undefined) terminal.out(`wrote ${options.plot}\n`);
  return code;
};

/** A coordinate whose enclosure is 0 up to rounding reads as 0. */
const settled = (x: number): number => (Math.abs(x) < 1e-14 ? 0 : x);
