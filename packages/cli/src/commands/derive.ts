import { nearestName } from 'downhill/data';
import type { CommandAction } from '../definition.ts';
import { InputError } from '../errors.ts';
import { readFormula } from '../input/formula.ts';
import { numberOption } from '../input/number.ts';
import { parseRanges } from '../input/point.ts';
import { toJson } from '../output/json.ts';
import { formatNumber } from '../output/number.ts';
import { type Cell, renderTable, type TableColumn } from '../output/table.ts';
import { shorten, wrapText } from '../output/wrap.ts';
import { pictureFormat } from '../plot/format.ts';
import type { Terminal } from '../terminal.ts';

export interface DeriveCommandOptions {
  at: string;
  wrt?: string;
  order: string;
  quotients?: boolean;
  range?: string;
  plot?: string;
  plotErrors?: string;
}

/** One row of the table that approaches a derivative: quotients with step h and their distance from the derivative. */
interface QuotientRow {
  variable: string;
  h: number;
  quotient: number;
  error: number;
  central: number;
  centralError: number;
}

/** Everything `derive` finds out; the JSON document is this. */
interface Derivation {
  variables: string[];
  point: Record<string, number>;
  value: number;
  gradient: Record<string, number>;
  hessian?: Record<string, Record<string, number>>;
  /** The derivatives as text; null where one is too long to be written out. */
  derivative: Record<string, string | null>;
  latex: Record<string, string | null>;
  /** What must hold for them, such as `x > 0`. */
  conditions?: string[];
  /** Where a derivative as written has no value at the point, why; the gradient then follows a convention. */
  notes?: string[];
  quotients?: QuotientRow[];
}

export const derive: CommandAction<DeriveCommandOptions> = async (argument, options, context) => {
  const { terminal, json } = context;
  const order = numberOption('--order', options.order, { min: 1, max: 2, integer: true });
  for (const path of [options.plot, options.plotErrors]) if (path !== undefined) pictureFormat(path);
  const ranges = options.range === undefined ? undefined : parseRanges('--range', options.range);
  if (ranges !== undefined && options.plot === undefined) {
    throw new InputError('conflicting-options', '--range is the part of the axis to plot; it goes with --plot');
  }
  const text = await readFormula(argument);
  const { bindFormula } = await import('../calculus/function.ts');
  const formula = bindFormula(text, '--at', options.at);
  const { variables, values } = formula;
  const wrt = chosenVariables(options.wrt, variables);
  const value = formula.value(values);
  const gradient = formula.gradient();
  const written = new Map(wrt.map((i) => [variables[i] as string, formula.derivative(variables[i] as string)]));
  const conditions = [...new Set([...written.values()].flatMap((one) => one?.conditions ?? []))];
  const notes = [...written].flatMap(([name, one]) => {
    const fault = one?.faultAt(values);
    return fault === undefined ? [] : [`df/d${name} as written has no value at this point: ${fault}`];
  });
  const derivation: Derivation = {
    variables,
    point: Object.fromEntries(variables.map((name, i) => [name, values[i] as number])),
    value,
    gradient: Object.fromEntries(wrt.map((i) => [variables[i], gradient[i] as number])),
    ...(order === 2 ? { hessian: hessianOf(formula.hessian(), variables, wrt) } : {}),
    derivative: Object.fromEntries([...written].map(([name, one]) => [name, one?.text ?? null])),
    latex: Object.fromEntries([...written].map(([name, one]) => [name, one?.latex ?? null])),
    ...(conditions.length > 0 ? { conditions } : {}),
    ...(notes.length > 0 ? { notes } : {}),
  };
  if (options.quotients === true) {
    const { differenceQuotients } = await import('downhill/calculus');
    derivation.quotients = wrt.flatMap((i) => {
      const { rows } = differenceQuotients(formula.slice(i), values[i] as number, quotientSteps);
      return rows.map(({ h, forward, forwardError, central, centralError }) => ({
        variable: variables[i] as string,
        h,
        quotient: forward,
        error: forwardError,
        central,
        centralError,
      }));
    });
  }
  if (options.plot !== undefined) await plot(options.plot);
  if (options.plotErrors !== undefined) await plotErrors(options.plotErrors);
  if (json) {
    terminal.out(toJson(derivation));
    return;
  }
  print(terminal, text, derivation);
  const files = [options.plot, options.plotErrors].filter((path) => path !== undefined);
  if (files.length > 0) terminal.out(`\nwrote ${files.join(', ')}\n`);
  return;

  function onlyVariable(what: string): number {
    const [index, another] = wrt;
    if (index === undefined || another !== undefined) {
      throw new InputError(
        'plot-needs-one-variable',
        `${what} is drawn along one variable; choose it with --wrt ${variables[0]}`,
      );
    }
    return index;
  }

  async function plotErrors(path: string): Promise<void> {
    const index = onlyVariable('the error of difference quotients');
    const { differenceStudy } = await import('downhill/calculus');
    const { errorsFigure } = await import('../plot/errors.ts');
    const { writeFigure } = await import('../plot/file.ts');
    const at = values[index] as number;
    const study = differenceStudy(formula.slice(index), at);
    await writeFigure(path, errorsFigure({ formula: text, variable: variables[index] as string, at, study }));
  }

  async function plot(path: string): Promise<void> {
    const index = onlyVariable('a tangent');
    const variable = variables[index] as string;
    if (ranges !== undefined && !ranges.has(variable)) {
      throw new InputError('unknown-variable', `--range gives no range for ${variable}, the variable to plot along`);
    }
    const { tangentFigure } = await import('../plot/tangent.ts');
    const { writeFigure } = await import('../plot/file.ts');
    const figure = tangentFigure({
      formula: text,
      variable,
      f: formula.along(index),
      at: values[index] as number,
      value,
      slope: gradient[index] as number,
      range: ranges?.get(variable),
    });
    await writeFigure(path, figure);
  }
};

/** Indices of the variables named by `--wrt`, all of them without it. */
function chosenVariables(wrt: string | undefined, variables: readonly string[]): number[] {
  if (wrt === undefined) return variables.map((_, i) => i);
  return wrt.split(',').map((part) => {
    const name = part.trim();
    const index = variables.indexOf(name);
    if (index >= 0) return index;
    const nearest = nearestName(name, variables);
    const hint = nearest === undefined ? `its variables: ${variables.join(', ')}` : `did you mean ${nearest}?`;
    throw new InputError(
      'unknown-variable',
      `--wrt names ${name || 'nothing'}, which the formula does not have; ${hint}`,
    );
  });
}

function hessianOf(
  rows: readonly (readonly number[])[],
  variables: readonly string[],
  wrt: readonly number[],
): Record<string, Record<string, number>> {
  return Object.fromEntries(
    wrt.map((i) => [
      variables[i],
      Object.fromEntries(wrt.map((j) => [variables[j], (rows[i] as readonly number[])[j] as number])),
    ]),
  );
}

// Literals rather than powers: 10 ** -4 and 10 ** -5 are one unit in the last place off in some engines.
const quotientSteps = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5];

function print(terminal: Terminal, text: string, found: Derivation): void {
  const { style, width } = terminal;
  const { variables, gradient } = found;
  const point = variables.map((name) => `${name} = ${formatNumber(found.point[name] as number)}`).join(', ');
  const head = `f(${variables.join(', ')}) = ${text}`;
  terminal.out(`${style.bold(shorten(head, width))}\n${shorten(`at ${point}`, width)}\n\n`);

  const names = Object.keys(gradient);
  const columns: TableColumn[] = [
    { header: '', cells: ['f', ...names.map((name) => `df/d${name}`)] },
    { header: 'value', cells: [found.value, ...names.map((name) => gradient[name] as number)] },
    {
      header: 'formula',
      cells: ['', ...names.map((name) => found.derivative[name] ?? '(too long to write out)')],
      shrink: true,
    },
  ];
  terminal.out(renderTable(columns, { width, paintHeader: style.dim }));

  for (const note of found.notes ?? []) terminal.out(`\n${wrapText(`note: ${note}`, width)}\n`);
  if (found.conditions !== undefined) terminal.out(`\nfor ${found.conditions.join(' and ')}\n`);

  if (found.hessian !== undefined) {
    const hessian = found.hessian;
    const rows: Cell[] = names.map((name) => `d/d${name}`);
    terminal.out('\nsecond derivatives\n');
    terminal.out(
      renderTable(
        [
          { header: '', cells: rows },
          ...names.map((column) => ({
            header: `df/d${column}`,
            cells: names.map((row) => hessian[row]?.[column] as number),
          })),
        ],
        { width, paintHeader: style.dim },
      ),
    );
  }
  for (const name of names) {
    const rows = found.quotients?.filter((row) => row.variable === name) ?? [];
    if (rows.length === 0) continue;
    terminal.out(`\ndifference quotients in ${name}: the limit is ${formatNumber(gradient[name] as number)}\n`);
    terminal.out(
      renderTable(
        [
          { header: 'h', cells: rows.map((row) => row.h) },
          { header: '(f(x+h)-f(x))/h'.replaceAll('x', name), cells: rows.map((row) => row.quotient) },
          { header: 'error', cells: rows.map((row) => Number(row.error.toPrecision(3))) },
          { header: 'central', cells: rows.map((row) => row.central) },
          { header: 'error', cells: rows.map((row) => Number(row.centralError.toPrecision(3))) },
        ],
        { width, paintHeader: style.dim },
      ),
    );
  }
}
