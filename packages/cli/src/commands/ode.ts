import type { OdeMethod } from 'downhill/ode';
import type { CommandAction } from '../definition.ts';
import { errorAt, InputError } from '../errors.ts';
import { oneOf } from '../input/choice.ts';
import { readFormula } from '../input/formula.ts';
import { numberOption } from '../input/number.ts';
import { toJson } from '../output/json.ts';
import { formatNumber, groupThousands } from '../output/number.ts';
import { selectRows } from '../output/select.ts';
import { renderTable } from '../output/table.ts';
import { shorten, wrapText } from '../output/wrap.ts';
import { pictureFormat } from '../plot/format.ts';

export interface OdeCommandOptions {
  from: string;
  over: string;
  at?: string;
  gradient?: string;
  method: string;
  tolerance: string;
  points: string;
  budget: string;
  all?: boolean;
  plot?: string;
  plotPhase?: string;
}

const methods: readonly OdeMethod[] = ['tsit5', 'dopri5', 'stiff'];

/** Rows of the table before a selection is made. */
const rows = 21;

export const odeCommand: CommandAction<OdeCommandOptions> = async (argument, options, context) => {
  const { terminal, json } = context;
  const method = oneOf('--method', options.method, methods);
  const tolerance = numberOption('--tolerance', options.tolerance, { min: 1e-13, max: 1 });
  const count = numberOption('--points', options.points, { min: 2, max: 100_000, integer: true });
  const budget = numberOption('--budget', options.budget, { min: 1, max: 100_000_000, integer: true });
  for (const file of [options.plot, options.plotPhase]) if (file !== undefined) pictureFormat(file);
  const text = (await readFormula(argument)).trim();
  const { readSystem } = await import('../calculus/system.ts');
  const system = readSystem(text, options.over, options.from, options.at);
  const { time, states, start, parameters, values, span } = system;
  if (options.plotPhase !== undefined && states.length !== 2) {
    throw new InputError(
      'plot-needs-two-variables',
      `a phase portrait shows two variables; the equations have ${states.length}: ${states.join(', ')}`,
    );
  }
  const wanted = options.gradient === undefined ? [] : parseNames(options.gradient, [...parameters, ...states]);
  const { solve, sensitivity } = await import('../calculus/solve-system.ts');
  const [t0, t1] = span;
  const times = Array.from({ length: count }, (_, i) => (i === count - 1 ? t1 : t0 + ((t1 - t0) * i) / (count - 1)));
  const solution = solve(system, times, { method, tolerance, budget });
  const { t, y, statistics, fault } = solution;
  const gradient: Record<string, Record<string, number[]>> = {};
  let message = fault === undefined ? solution.message : `${solution.message}: ${fault}`;
  let failed = !solution.converged;
  for (const name of wanted) {
    const found = sensitivity(system, name, t, { method, tolerance, budget });
    if (typeof found === 'string') {
      message = `the gradient by ${name} failed: ${found}`;
      failed = true;
    } else gradient[name] = found;
  }
  const columns = Object.fromEntries(states.map((name, i) => [name, y.map((row) => row[i] as number)]));
  if (options.plot !== undefined || options.plotPhase !== undefined) {
    const { phaseFigure, timeFigure } = await import('../plot/ode.ts');
    const { writeFigure } = await import('../plot/file.ts');
    const drawn = {
      equations: text,
      system,
      t,
      y,
      message: solution.message,
      at: solution.at,
      converged: solution.converged,
    };
    if (options.plot !== undefined) await writeFigure(options.plot, timeFigure(drawn));
    if (options.plotPhase !== undefined) await writeFigure(options.plotPhase, phaseFigure(drawn));
  }
  const code = failed ? 1 : 0;
  if (json) {
    terminal.out(
      toJson({
        variables: states,
        time,
        ...(parameters.length === 0 ? {} : { parameters: named(parameters, values) }),
        method,
        t,
        y: columns,
        ...(wanted.length === 0 ? {} : { gradient }),
        steps: statistics.steps,
        rejected: statistics.rejected,
        evaluations: statistics.evaluations,
        converged: solution.converged,
        reason: solution.reason,
        message,
      }),
    );
    return code;
  }
  const { style, width } = terminal;
  terminal.out(`${style.bold(shorten(text.replace(/\s*\n\s*/g, '; '), width))}\n`);
  const from = [...states.map((name, i) => `${name} = ${formatNumber(start[i] as number)}`)].join(', ');
  const fixed = parameters.map((name, i) => `, ${name} = ${formatNumber(values[i] as number)}`).join('');
  terminal.out(`${wrapText(`from ${from} at ${time} = ${formatNumber(t0)}${fixed}`, width)}\n\n`);
  if (t.length > 0) {
    const { indices, note } = options.all ? { indices: [...t.keys()], note: undefined } : evenly(t.length);
    const column = (header: string, cells: readonly number[]) => ({
      header,
      cells: indices.map((i) => cells[i] as number),
    });
    terminal.out(
      renderTable(
        [
          column(time, t),
          ...states.map((name) => column(name, columns[name] as number[])),
          ...Object.entries(gradient).flatMap(([by, slopes]) =>
            Object.entries(slopes).map(([name, cells]) =>
              column(states.includes(by) ? `d${name}/d${by}(${formatNumber(t0)})` : `d${name}/d${by}`, cells),
            ),
          ),
        ],
        { width, paintHeader: style.dim },
      ),
    );
    if (note !== undefined) terminal.out(`  ${note}\n`);
    terminal.out('\n');
  }
  const counts = `${groupThousands(statistics.steps)} steps (${groupThousands(statistics.rejected)} rejected), ${groupThousands(statistics.evaluations)} evaluations by ${method}`;
  const paint = failed ? style.red : style.green;
  terminal.out(`${paint(wrapText(`${failed ? 'Failed' : 'Done'}: ${message}. ${counts}.`, width))}\n`);
  for (const file of [options.plot, options.plotPhase]) if (file !== undefined) terminal.out(`wrote ${file}\n`);
  return code;
};

const named = (names: readonly string[], values: readonly number[]): Record<string, number> =>
  Object.fromEntries(names.map((name, i) => [name, values[i] as number]));

/** Rows evenly spread over all, first and last among them. */
function evenly(count: number): { indices: number[]; note: string | undefined } {
  if (count <= rows) return selectRows(count, rows);
  const chosen = Array.from({ length: 11 }, (_, i) => Math.round(((count - 1) * i) / 10));
  return { indices: chosen, note: `(11 of ${count} rows; --all or --json for every one)` };
}

/** Reads `k,x0`: names among those that the equations have. */
function parseNames(text: string, known: readonly string[]): string[] {
  let offset = 0;
  const names = text.split(',').map((part) => {
    const name = part.trim();
    const position = offset + (part.length - part.trimStart().length) + 1;
    offset += part.length + 1;
    if (known.includes(name)) return name;
    const shown = name === '' ? 'an empty name' : name;
    throw errorAt(
      'unknown-variable',
      `--gradient asks for ${shown}, which is neither a parameter nor a variable; there are: ${known.join(', ')}`,
      text,
      Math.min(position, Math.max(1, text.length)),
      Math.max(1, name.length),
    );
  });
  return [...new Set(names)];
}
