import { byName, readBox } from '../calculus/boxes.ts';
import type { CommandAction } from '../definition.ts';
import { InputError } from '../errors.ts';
import { readFormula } from '../input/formula.ts';
import { numberOption } from '../input/number.ts';
import { toJson } from '../output/json.ts';
import { formatNumber } from '../output/number.ts';
import { renderTable } from '../output/table.ts';
import { shorten, wrapText } from '../output/wrap.ts';
import { pictureFormat } from '../plot/format.ts';

export interface ConvexityCommandOptions {
  on?: string;
  budget: string;
  plot?: string;
}

export const convexityCommand: CommandAction<ConvexityCommandOptions> = async (argument, options, context) => {
  const { terminal, json } = context;
  const budget = numberOption('--budget', options.budget, { min: 1, max: 1_000_000, integer: true });
  if (options.plot !== undefined) pictureFormat(options.plot);
  const text = await readFormula(argument);
  const { formula, variables, box } = readBox(text, options.on, { infinite: true });
  const { convexity } = await import('downhill/calculus');
  const f = formula.f as (...xs: number[]) => number;
  const found = convexity(f, box ?? variables.length, { names: variables, budget });
  if (options.plot !== undefined) {
    if (found.counterexamples.length === 0 && variables.length > 1) {
      throw new InputError(
        'plot-needs-one-variable',
        'the chord is drawn for one variable, or along a counterexample; this function has more and there is none',
      );
    }
    const { chordFigure } = await import('../plot/chord.ts');
    const { writeFigure } = await import('../plot/file.ts');
    await writeFigure(options.plot, chordFigure({ formula: text, variables, f: (x) => f(...x), found }));
  }
  const code = found.verdict === 'unknown' ? 1 : 0;
  // what refutes the opposite of a certified verdict is of no interest
  const isOpen = found.verdict === 'neither' || found.verdict === 'unknown';
  const counterexamples = (isOpen ? found.counterexamples : []).map(({ x, y, between, ...rest }) => ({
    ...rest,
    x: byName(variables, x),
    y: byName(variables, y),
    between: byName(variables, between),
  }));
  if (json) {
    const { verdict, certificate, strongConvexity, smoothness, reason, message, undefinedAt } = found;
    terminal.out(
      toJson({
        variables,
        verdict,
        ...(certificate === null ? {} : { certificate }),
        ...(counterexamples.length === 0 ? {} : { counterexample: counterexamples[0], counterexamples }),
        strongConvexity,
        smoothness,
        box: byName(variables, found.box),
        ...(reason === null ? {} : { reason }),
        ...(undefinedAt === null ? {} : { undefinedAt: byName(variables, undefinedAt) }),
        message,
      }),
    );
    return code;
  }
  const { style, width } = terminal;
  terminal.out(`${style.bold(shorten(`f(${variables.join(', ')}) = ${text}`, width))}\n\n`);
  const paint = {
    convex: style.green,
    concave: style.green,
    affine: style.green,
    neither: style.red,
    unknown: style.orange,
  };
  terminal.out(`${paint[found.verdict](wrapText(found.message, width))}\n`);
  if (found.certificate?.kind === 'composition') {
    const lines = found.certificate.deductions;
    terminal.out('\nproof, part by part\n');
    terminal.out(
      renderTable(
        [
          { header: 'part', cells: lines.map((d) => d.expression), shrink: true },
          { header: 'is', cells: lines.map((d) => d.curvature) },
          { header: 'from', cells: lines.map((d) => formatNumber(d.range[0])), align: 'right' },
          { header: 'to', cells: lines.map((d) => formatNumber(d.range[1])), align: 'right' },
        ],
        { width, paintHeader: style.dim },
      ),
    );
  }
  if (found.certificate?.kind === 'hessian')
    terminal.out(`proven on ${found.certificate.boxes} ${found.certificate.boxes === 1 ? 'box' : 'boxes'}\n`);
  for (const { refutes, x, y, between, value, chord, gap } of counterexamples) {
    const show = (p: Record<string, number>) =>
      Object.entries(p)
        .map(([name, v]) => `${name} = ${formatNumber(v)}`)
        .join(', ');
    const ends = `halfway between ${show(x)} and ${show(y)}, at ${show(between)}`;
    const values = `the function is ${formatNumber(value)} and the chord ${formatNumber(chord)} (a gap of at least ${formatNumber(gap, 3)})`;
    terminal.out(`
${wrapText(`not ${refutes}: ${ends}, ${values}`, width)}
`);
  }
  if (options.plot !== undefined) terminal.out(`\nwrote ${options.plot}\n`);
  return code;
};
