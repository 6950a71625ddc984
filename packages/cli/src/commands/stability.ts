import type { CommandAction } from '../definition.ts';
import { readFormula } from '../input/formula.ts';
import { numberOption } from '../input/number.ts';
import { toJson } from '../output/json.ts';
import { formatNumber } from '../output/number.ts';
import { renderTable } from '../output/table.ts';
import { shorten, wrapText } from '../output/wrap.ts';
import { pictureFormat } from '../plot/format.ts';

export interface StabilityCommandOptions {
  at: string;
  momentum?: string;
  lr?: string;
  plot?: string;
}

export const stabilityCommand: CommandAction<StabilityCommandOptions> = async (argument, options, context) => {
  const { terminal, json } = context;
  const momentum =
    options.momentum === undefined ? 0 : numberOption('--momentum', options.momentum, { min: 0, max: 1 });
  const learningRate =
    options.lr === undefined ? undefined : numberOption('--lr', options.lr, { min: 0, openMin: true });
  if (options.plot !== undefined) pictureFormat(options.plot);
  const text = await readFormula(argument);
  const { bindFormula } = await import('../calculus/function.ts');
  const { stability } = await import('downhill/calculus');
  const bound = bindFormula(text, '--at', options.at);
  const found = stability(bound.f, bound.values, { momentum, ...(learningRate === undefined ? {} : { learningRate }) });
  if (options.plot !== undefined) {
    const { ratesFigure } = await import('../plot/rates.ts');
    const { writeFigure } = await import('../plot/file.ts');
    await writeFigure(options.plot, ratesFigure({ formula: text, found, learningRate }));
  }
  if (json) {
    const { variables, values } = bound;
    terminal.out(toJson({ variables, point: Object.fromEntries(variables.map((v, i) => [v, values[i]])), ...found }));
    return;
  }
  const { style, width } = terminal;
  const point = bound.variables.map((name, i) => `${name} = ${formatNumber(bound.values[i] as number)}`).join(', ');
  terminal.out(
    `${style.bold(shorten(`f(${bound.variables.join(', ')}) = ${text}`, width))}\n${shorten(`at ${point}`, width)}\n\n`,
  );
  const rows: [string, number][] = [
    ['largest stable learning rate', found.maxStableLearningRate],
    ['largest without overshooting', found.monotoneLearningRate],
    ['best fixed learning rate', found.bestLearningRate],
    ['distance per step with it', found.rate],
    ['best with momentum: rate', found.bestMomentum.learningRate],
    ['best with momentum: momentum', found.bestMomentum.momentum],
    ['distance per step with them', found.bestMomentum.rate],
    ['condition number', found.conditionNumber],
  ];
  const known = rows.filter(([, value]) => !Number.isNaN(value));
  const eigenvalues = found.eigenvalues
    .slice(0, 8)
    .map((v) => formatNumber(v))
    .join(', ');
  const more = found.eigenvalues.length > 8 ? `, … (${found.eigenvalues.length} in all, --json)` : '';
  terminal.out(`${wrapText(`eigenvalues of the Hessian: ${eigenvalues}${more}`, width)}\n\n`);
  terminal.out(
    renderTable(
      [
        { header: '', cells: known.map(([name]) => name) },
        { header: momentum === 0 ? 'value' : `momentum ${momentum}`, cells: known.map(([, value]) => value) },
      ],
      { width, paintHeader: style.dim },
    ),
  );
  const paint = found.verdict === 'diverges' || found.verdict === 'no-minimum' ? style.red : style.green;
  terminal.out(`\n${paint(wrapText(found.message, width))}\n`);
  if (options.plot !== undefined) terminal.out(`wrote ${options.plot}\n`);
  return;
};
