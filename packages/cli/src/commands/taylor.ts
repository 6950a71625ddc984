import type { CommandAction } from '../definition.ts';
import { InputError } from '../errors.ts';
import { readFormula } from '../input/formula.ts';
import { numberOption } from '../input/number.ts';
import { parseRanges } from '../input/point.ts';
import { toJson } from '../output/json.ts';
import { formatNumber } from '../output/number.ts';
import { renderTable } from '../output/table.ts';
import { shorten, wrapText } from '../output/wrap.ts';
import { pictureFormat } from '../plot/format.ts';
import { rangeAround, taylorFigure } from '../plot/taylor.ts';

export interface TaylorCommandOptions {
  around: string;
  order: string;
  on?: string;
  plot?: string;
}

/** Everything `taylor` finds out; the JSON document is this. */
interface Expansion {
  variable: string;
  around: number;
  coefficients: number[];
  /** The polynomial as text in powers of the distance from the point. */
  polynomial: string;
  /** Guaranteed bounds of f minus the polynomial on a range. */
  remainder: {
    from: number;
    to: number;
    low: number;
    high: number;
    bound: number;
    /** False where the function may not be smooth enough on the range; the bound is then infinite. */
    smooth: boolean;
  };
  /** How far the series converges, estimated from its coefficients; null when they do not allow an estimate. */
  radius: { estimate: number; method: string; note: string } | null;
}

/** Coefficients the estimate of the radius looks at. */
const looked = 40;

export const taylorCommand: CommandAction<TaylorCommandOptions> = async (argument, options, context) => {
  const { terminal, json } = context;
  const order = numberOption('--order', options.order, { min: 0, max: 200, integer: true });
  if (options.plot !== undefined) pictureFormat(options.plot);
  const ranges = options.on === undefined ? undefined : parseRanges('--on', options.on);
  const text = await readFormula(argument);
  const { bindFormula } = await import('../calculus/function.ts');
  const { variables, values, slice, along } = bindFormula(text, '--around', options.around);
  if (variables.length !== 1) {
    throw new InputError(
      'needs-one-variable',
      `a Taylor polynomial is expanded in one variable; the formula has ${variables.length}: ${variables.join(', ')}`,
    );
  }
  const [variable, around] = [variables[0] as string, values[0] as number];
  for (const name of ranges?.keys() ?? []) {
    if (name !== variable)
      throw new InputError('unknown-variable', `--on gives a range for ${name}; the variable is ${variable}`);
  }
  const range = ranges?.get(variable) ?? { low: around - 1, high: around + 1 };
  const { evaluateSeries, radiusOfConvergence, remainder, taylor } = await import('downhill/calculus');
  const f = slice(0);
  const long = taylor(f, around, Math.max(order, looked));
  const coefficients = long.slice(0, order + 1);
  const analytic = coefficients.every(Number.isFinite);
  const { low, high, bound, smooth } = remainder(f, around, order, [range.low, range.high]);
  const estimate = long.every(Number.isFinite) ? radiusOfConvergence(long) : undefined;
  const found: Expansion = {
    variable,
    around,
    coefficients,
    polynomial: polynomialText(coefficients, variable, around),
    remainder: { from: range.low, to: range.high, low, high, bound, smooth },
    radius: estimate ? { estimate: estimate.radius, method: estimate.method, note: estimate.note } : null,
  };
  if (options.plot !== undefined && analytic) {
    const { writeFigure } = await import('../plot/file.ts');
    const figure = taylorFigure({
      formula: text,
      variable,
      f: along(0),
      around,
      order,
      polynomial: (degree, x) => evaluateSeries(coefficients.slice(0, degree + 1), x - around),
      range: ranges?.get(variable) ?? rangeAround(around),
    });
    await writeFigure(options.plot, figure);
  }
  const code = analytic ? 0 : 1;
  if (json) {
    terminal.out(toJson(found));
    return code;
  }
  const { style, width } = terminal;
  terminal.out(`${style.bold(shorten(`f(${variable}) = ${text}`, width))}\n`);
  terminal.out(`${shorten(`about ${variable} = ${formatNumber(around)}, order ${order}`, width)}\n\n`);
  terminal.out(
    renderTable(
      [
        { header: 'power', cells: coefficients.map((_, k) => k) },
        { header: 'coefficient', cells: coefficients },
        { header: 'derivative there', cells: derivatives(coefficients) },
      ],
      { width, paintHeader: style.dim },
    ),
  );
  if (!analytic) {
    const bad = coefficients.findIndex((c) => !Number.isFinite(c));
    if (coefficients.every((c) => !Number.isNaN(c))) {
      const sentence = `The coefficient of power ${bad} is beyond the largest number of double precision (1.8e308).`;
      terminal.out(`\n${wrapText(sentence, width)}\n`);
      return code;
    }
    terminal.out(
      `\n${wrapText(`The coefficient of power ${bad} is ${formatNumber(coefficients[bad] as number)}: by its formula the function has no Taylor series about ${variable} = ${formatNumber(around)}.`, width)}\n`,
    );
    return code;
  }
  terminal.out(`\n${wrapText(`p(${variable}) = ${found.polynomial}`, width)}\n`);
  const where = `${formatNumber(range.low)} <= ${variable} <= ${formatNumber(range.high)}`;
  const error = smooth
    ? `On ${where} the polynomial is off by at most ${formatNumber(bound)}: f - p lies in [${formatNumber(low)}, ${formatNumber(high)}].`
    : `On ${where} no bound of the error is known: the function may not be smooth there. Choose a range with --on.`;
  terminal.out(`\n${wrapText(error, width)}\n`);
  if (estimate) {
    const radius = Number.isFinite(estimate.radius) ? formatNumber(estimate.radius, 4) : 'infinite';
    terminal.out(`${wrapText(`Radius of convergence, estimated: ${radius} (${estimate.note}).`, width)}\n`);
  }
  if (options.plot !== undefined) terminal.out(`\nwrote ${options.plot}\n`);
  return code;
};

/** k! cₖ. */
function derivatives(coefficients: readonly number[]): number[] {
  let factorial = 1;
  return coefficients.map((c, k) => {
    if (k > 0) factorial *= k;
    return c * factorial;
  });
}

/** `1 + 2(x - 1) - 0.5(x - 1)^2`: terms that are zero are left out. */
export function polynomialText(coefficients: readonly number[], variable: string, around: number): string {
  const distance =
    around === 0 ? variable : `(${variable} ${around < 0 ? '+' : '-'} ${formatNumber(Math.abs(around), 17)})`;
  let text = '';
  coefficients.forEach((c, k) => {
    if (c === 0) return;
    const power = k === 0 ? '' : k === 1 ? distance : `${distance}^${k}`;
    const size = formatNumber(Math.abs(c), 12);
    const factor = k > 0 && size === '1' ? '' : size.includes('e') && k > 0 ? `${size}*` : size;
    text += text === '' ? (c < 0 ? '-' : '') : c < 0 ? ' - ' : ' + ';
    text += `${factor}${power}`;
  });
  return text === '' ? '0' : text;
}
