import type { MinimizeMethod, MinimizeOptions } from 'downhill/optimize';
import type { CommandAction } from '../definition.ts';
import { InputError } from '../errors.ts';
import { oneOf } from '../input/choice.ts';
import { readFormula } from '../input/formula.ts';
import { numberOption } from '../input/number.ts';
import { parseRanges } from '../input/point.ts';
import { toJson } from '../output/json.ts';
import { formatNumber, plural } from '../output/number.ts';
import { selectRows } from '../output/select.ts';
import { renderTable } from '../output/table.ts';
import { shorten, wrapText } from '../output/wrap.ts';
import { pictureFormat } from '../plot/format.ts';

export interface MinimizeCommandOptions {
  from: string;
  method: string;
  bounds?: string;
  tolerance: string;
  steps: string;
  all?: boolean;
  plot?: string;
}

const maxSteps = 100_000;

const titles: Record<MinimizeMethod, string> = {
  'gradient-descent': 'Gradient descent with a line search',
  'conjugate-gradient': 'Conjugate gradients',
  bfgs: 'BFGS',
  lbfgs: 'L-BFGS',
  lbfgsb: 'L-BFGS-B',
  newton: 'Newton in a trust region',
  'newton-cg': 'Newton by conjugate gradients',
  'nelder-mead': 'Nelder–Mead',
};

export const minimize: CommandAction<MinimizeCommandOptions> = async (argument, options, context) => {
  const { terminal, json } = context;
  const names = ['auto', ...(Object.keys(titles) as MinimizeMethod[])] as const;
  const method = oneOf('--method', options.method, names);
  const gradientTolerance = numberOption('--tolerance', options.tolerance, { min: 0 });
  const maxIterations = numberOption('--steps', options.steps, { min: 1, max: maxSteps, integer: true });
  if (options.plot !== undefined) pictureFormat(options.plot);
  const text = await readFormula(argument);
  const { bindFormula } = await import('../calculus/function.ts');
  const formula = bindFormula(text, '--from', options.from);
  const { variables } = formula;
  const settings: MinimizeOptions<number[]> = { method, gradientTolerance, maxIterations, keepPoints: true };
  const bounds = options.bounds === undefined ? undefined : boundsOf(options.bounds, variables);
  if (bounds !== undefined && method !== 'auto' && method !== 'lbfgsb') {
    throw new InputError('conflicting-options', `--method ${method} takes no --bounds; use lbfgsb or auto`);
  }
  const library = await import('downhill/optimize');
  const run = library.minimize<number[]>(formula.f, formula.values, bounds ? { ...settings, bounds } : settings);
  const point = Object.fromEntries(variables.map((name, i) => [name, run.point[i] as number]));
  const points = run.trajectory.map((m) => m.point as number[]);
  if (options.plot !== undefined) {
    const { writeFigure } = await import('../plot/file.ts');
    if (variables.length <= 2) {
      const { pathFigure } = await import('../plot/path.ts');
      const verdict = run.converged ? 'converged' : run.reason === 'unbounded' ? 'unbounded' : 'slow';
      const value = (...at: number[]) => formula.value(at);
      await writeFigure(
        options.plot,
        pathFigure({ formula: text, variables, f: value, points, verdict, method: titles[run.method] }),
      );
    } else {
      const { lossFigure } = await import('../plot/loss.ts');
      await writeFigure(
        options.plot,
        lossFigure({
          title: titles[run.method],
          yLabel: `f(${variables.join(', ')})`,
          steps: run.trajectory.map(({ iteration }) => iteration),
          series: [{ name: '', values: run.trajectory.map(({ value }) => value) }],
        }),
      );
    }
  }
  const code = run.converged ? 0 : 1;
  if (json) {
    const { value, gradientNorm, iterations, evaluations, converged, reason, message } = run;
    terminal.out(
      toJson({
        variables,
        method: run.method,
        point,
        value,
        gradientNorm: Number.isNaN(gradientNorm) ? null : gradientNorm,
        iterations,
        evaluations,
        converged,
        reason,
        message,
        trajectory: run.trajectory.map((m, k) => ({
          iteration: m.iteration,
          point: Object.fromEntries(variables.map((name, i) => [name, (points[k] as number[])[i] as number])),
          value: m.value,
          evaluations: m.evaluations,
        })),
      }),
    );
    return code;
  }
  const { style, width } = terminal;
  terminal.out(`${style.bold(shorten(`f(${variables.join(', ')}) = ${text}`, width))}\n`);
  terminal.out(
    `${titles[run.method]}, ${plural(run.iterations, 'iteration')}, ${plural(run.evaluations, 'evaluation')}\n\n`,
  );
  const { indices, note } = selectRows(run.trajectory.length, options.all === true ? Number.POSITIVE_INFINITY : 24);
  const rows = indices.map((i) => run.trajectory[i] as (typeof run.trajectory)[number]);
  const withGradient = run.method !== 'nelder-mead';
  terminal.out(
    renderTable(
      [
        { header: 'iteration', cells: rows.map(({ iteration }) => iteration) },
        ...variables.map((name, i) => ({
          header: name,
          cells: indices.map((k) => (points[k] as number[])[i] as number),
        })),
        { header: 'f', cells: rows.map(({ value }) => value) },
        ...(withGradient ? [{ header: 'gradient', cells: rows.map(({ gradientNorm }) => gradientNorm) }] : []),
      ],
      { width, paintHeader: style.dim },
    ),
  );
  if (note !== undefined) terminal.out(`  ${style.dim(note)}\n`);
  const place = variables.map((name) => `${name} = ${formatNumber(point[name] as number)}`).join(', ');
  terminal.out(`\n${wrapText(`f = ${formatNumber(run.value)} at ${place}`, width)}\n`);
  const verdict = `${run.converged ? 'Converged' : 'Not converged'}: ${run.message}`;
  terminal.out(`${(run.converged ? style.green : style.red)(wrapText(verdict, width))}\n`);
  if (options.plot !== undefined) terminal.out(`wrote ${options.plot}\n`);
  return code;
};

/** `--bounds` for the formula's variables, in their order; those it does not name are free. */
function boundsOf(text: string, variables: readonly string[]): { lower: number[]; upper: number[] } {
  const ranges = parseRanges('--bounds', text, { infinite: true });
  for (const name of ranges.keys()) {
    if (variables.includes(name)) continue;
    throw new InputError(
      'unknown-variable',
      `--bounds names ${name}, but the formula's variables are ${variables.join(', ')}`,
    );
  }
  const ends = variables.map((name) => ranges.get(name));
  return {
    lower: ends.map((range) => range?.low ?? Number.NEGATIVE_INFINITY),
    upper: ends.map((range) => range?.high ?? Number.POSITIVE_INFINITY),
  };
}
