import type { IntegralReport } from 'downhill/calculus';
import { byName } from '../calculus/boxes.ts';
import type { CommandAction } from '../definition.ts';
import { errorAt, InputError } from '../errors.ts';
import { readFormula } from '../input/formula.ts';
import { numberAt, numberOption } from '../input/number.ts';
import { toJson } from '../output/json.ts';
import { formatNumber, groupThousands } from '../output/number.ts';
import { shorten, wrapText } from '../output/wrap.ts';
import { pictureFormat } from '../plot/format.ts';

export interface IntegrateCommandOptions {
  over: string;
  at?: string;
  tolerance?: string;
  breaks?: string;
  budget: string;
  plot?: string;
}

const mostVariables = 4;

export const integrateCommand: CommandAction<IntegrateCommandOptions> = async (argument, options, context) => {
  const { terminal, json } = context;
  const asked =
    options.tolerance === undefined
      ? undefined
      : numberOption('--tolerance', options.tolerance, { min: 1e-14, max: 1 });
  const budget = numberOption('--budget', options.budget, { min: 21, max: 100_000_000, integer: true });
  if (options.plot !== undefined) pictureFormat(options.plot);
  const text = await readFormula(argument);
  const { readIntegrand } = await import('../calculus/domain.ts');
  const { variables, box, parameters, f, value } = readIntegrand(text, options.over, options.at);
  if (variables.length > mostVariables) {
    throw new InputError(
      'too-many-variables',
      `integrate takes one to ${mostVariables} variables with a range; --over gives ${variables.length}`,
    );
  }
  if (options.plot !== undefined && variables.length > 2) {
    throw new InputError(
      'plot-needs-two-variables',
      `an integrand is drawn over one or two variables; --over gives ${variables.length}`,
    );
  }
  const tolerance = asked ?? (variables.length === 1 ? 1e-10 : 1e-6);
  const breaks = options.breaks === undefined ? [] : parseBreaks(options.breaks, variables, box);
  const { integrate } = await import('downhill/calculus');
  const { Tensor, tensor } = await import('downhill');
  const sampled: number[][] = [];
  const integrand = (...xs: InstanceType<typeof Tensor>[]) => {
    const count = (xs[0] as InstanceType<typeof Tensor>).size;
    if (options.plot !== undefined && sampled.length < mostDrawn) {
      for (let i = 0; i < count; i++) sampled.push(xs.map((x) => Number(x.data[i])));
    }
    const result = f(...xs);
    // a formula without variables is one number
    return result instanceof Tensor ? result : tensor(new Float64Array(count).fill(result));
  };
  const report = integrate(integrand, box, {
    vectorized: true,
    tolerance,
    budget,
    ...(breaks.length === 0 ? {} : { breakpoints: breaks }),
  }) as IntegralReport<number>;
  const fault = report.reason === 'not-a-number' ? faultIn(report.where ?? box, value, variables) : undefined;
  const message = fault === undefined ? report.message : `${report.message}: ${fault}`;
  if (options.plot !== undefined) {
    const { integrandFigure } = await import('../plot/integrand.ts');
    const { writeFigure } = await import('../plot/file.ts');
    const figure = integrandFigure({ formula: text, variables, box, f: (...x) => value(x), points: sampled, report });
    await writeFigure(options.plot, figure);
  }
  const code = report.converged ? 0 : 1;
  if (json) {
    terminal.out(
      toJson({
        variables,
        over: byName(variables, box),
        ...(parameters.size === 0 ? {} : { parameters: Object.fromEntries(parameters) }),
        value: report.value,
        error: report.error,
        evaluations: report.evaluations,
        converged: report.converged,
        reason: report.reason,
        message,
        where: report.where === undefined ? null : byName(variables, report.where),
      }),
    );
    return code;
  }
  const { style, width } = terminal;
  const show = (side: readonly [number, number]) => `${formatNumber(side[0])} to ${formatNumber(side[1])}`;
  const ranges = variables.map((name, i) => `${name} from ${show(box[i] as readonly [number, number])}`).join(', ');
  const fixed = [...parameters].map(([name, v]) => `, ${name} = ${formatNumber(v)}`).join('');
  terminal.out(`${style.bold(shorten(`f(${variables.join(', ')}) = ${text}`, width))}\n`);
  terminal.out(`${wrapText(`${ranges}${fixed}`, width)}\n\n`);
  terminal.out(`  integral     ${formatNumber(report.value, 15)}\n`);
  terminal.out(
    `  error        ${Number.isFinite(report.error) ? `at most about ${formatNumber(report.error, 2)}` : 'unknown'}\n`,
  );
  terminal.out(`  evaluations  ${groupThousands(report.evaluations)}\n\n`);
  if (report.converged) terminal.out(`${style.green('Converged')}: ${message}.\n`);
  else {
    const blamed = report.where?.map(
      (side, i) => `${variables[i]} = ${formatNumber(side[0])}:${formatNumber(side[1])}`,
    );
    const where = blamed === undefined ? '' : ` (looked at ${blamed.join(', ')})`;
    terminal.out(`${style.red(wrapText(`Failed: ${message}${where}.`, width))}\n`);
  }
  if (options.plot !== undefined) terminal.out(`wrote ${options.plot}\n`);
  return code;
};

/** Sample points kept for the picture. */
const mostDrawn = 20_000;

/** Reads `0.3,0.5`: places inside the range of the one variable. */
function parseBreaks(
  text: string,
  variables: readonly string[],
  box: readonly (readonly [number, number])[],
): number[] {
  if (variables.length > 1) {
    throw new InputError('conflicting-options', '--breaks belongs to one variable; divide a box into parts instead');
  }
  const [low, high] = box[0] as readonly [number, number];
  let offset = 0;
  return text.split(',').map((part) => {
    const position = offset + 1;
    offset += part.length + 1;
    const value = numberAt(text, part, position, 'a place of --breaks');
    if (value > low && value < high) return value;
    const range = `${formatNumber(low)} and ${formatNumber(high)}`;
    throw errorAt('out-of-range', `--breaks needs places between ${range}`, text, position, Math.max(1, part.length));
  });
}

/** What the formula says of the first of some evenly spread points at which it has no value. */
function faultIn(
  where: readonly (readonly [number, number])[],
  value: (point: readonly number[]) => number,
  variables: readonly string[],
): string | undefined {
  const shares = variables.length === 1 ? 257 : 9;
  const total = shares ** variables.length;
  for (let k = 0; k < total; k++) {
    let rest = k;
    const point = where.map(([low, high]) => {
      const share = ((rest % shares) + 1) / (shares + 1);
      rest = Math.floor(rest / shares);
      const [a, b] = [Math.max(low, -1e6), Math.min(high, 1e6)];
      return a + share * (b - a);
    });
    try {
      value(point);
    } catch (error) {
      const at = point.map((x, i) => `${variables[i]} = ${formatNumber(x, 4)}`).join(', ');
      const sentence = error instanceof Error ? (error.message.split('\n')[0] as string) : String(error);
      return `at ${at}, ${sentence.replace(/ \(position \d+\)$/, '').replace('has no value here', 'has no value')}`;
    }
  }
  return undefined;
}
