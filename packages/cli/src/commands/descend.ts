import { DownhillError } from 'downhill/errors';
import type { PathPoint } from '../calculus/descent.ts';
import type { CommandAction } from '../definition.ts';
import { methodNames, methods, oneOf } from '../input/choice.ts';
import { readFormula } from '../input/formula.ts';
import { numberOption } from '../input/number.ts';
import { parseSchedule } from '../input/schedule.ts';
import { toJson } from '../output/json.ts';
import { formatNumber, plural } from '../output/number.ts';
import { startProgress } from '../output/progress.ts';
import { selectRows } from '../output/select.ts';
import { renderTable } from '../output/table.ts';
import { shorten, wrapText } from '../output/wrap.ts';
import { pictureFormat } from '../plot/format.ts';

export interface DescendCommandOptions {
  from: string;
  lr: string;
  steps: string;
  method: string;
  schedule: string;
  all?: boolean;
  plot?: string;
  plotLoss?: string;
}

const maxSteps = 100_000;

export const descend: CommandAction<DescendCommandOptions> = async (argument, options, context) => {
  const { terminal, json } = context;
  const method = oneOf('--method', options.method, methods);
  const learningRate = numberOption('--lr', options.lr, { min: 0, openMin: true });
  const steps = numberOption('--steps', options.steps, { min: 1, max: maxSteps, integer: true });
  const schedule = await parseSchedule(options.schedule, learningRate, steps);
  for (const path of [options.plot, options.plotLoss]) {
    if (path !== undefined) pictureFormat(path);
  }
  const text = await readFormula(argument);
  const { bindFormula } = await import('../calculus/function.ts');
  const formula = bindFormula(text, '--from', options.from);
  const { variables } = formula;
  const { walk } = await import('../calculus/descent.ts');
  const progress = startProgress(terminal, 'descending', steps);
  const descent = walk(formula, { method, learningRate: schedule, steps, onStep: (step) => progress.update(step) });
  progress.end();

  const explanation = await explainRate();
  const written: string[] = [];
  const title = methodNames[method];
  if (options.plot !== undefined || options.plotLoss !== undefined) {
    const { writeFigure } = await import('../plot/file.ts');
    const drawPath = async () => {
      const { pathFigure } = await import('../plot/path.ts');
      return pathFigure({
        formula: text,
        variables,
        f: (...point) => formula.value(point),
        points: descent.steps.map(({ point }) => point),
        verdict: descent.verdict,
        method: capital(title),
      });
    };
    const drawLoss = async () => {
      const { lossFigure } = await import('../plot/loss.ts');
      return lossFigure({
        title: `${capital(title)}, learning rate ${formatNumber(learningRate)}`,
        yLabel: `f(${variables.join(', ')})`,
        steps: descent.steps.map(({ step }) => step),
        series: [{ name: '', values: descent.steps.map(({ value }) => value) }],
      });
    };
    if (options.plot !== undefined) {
      await writeFigure(options.plot, await (variables.length <= 2 ? drawPath() : drawLoss()));
      written.push(options.plot);
    }
    if (options.plotLoss !== undefined) {
      await writeFigure(options.plotLoss, await drawLoss());
      written.push(options.plotLoss);
    }
  }

  const code = descent.verdict === 'diverged' || descent.verdict === 'unbounded' ? 1 : 0;
  if (json) {
    terminal.out(
      toJson({
        variables,
        method,
        learningRate,
        ...(options.schedule === 'constant' ? {} : { schedule: options.schedule }),
        steps: descent.steps.map(({ step, point, value, gradientNorm }) => ({
          step,
          point: Object.fromEntries(variables.map((name, i) => [name, point[i] as number])),
          value,
          gradientNorm,
        })),
        verdict: descent.verdict,
        ...(explanation === undefined ? {} : { explanation }),
      }),
    );
    return code;
  }

  const { style, width } = terminal;
  terminal.out(`${style.bold(shorten(`f(${variables.join(', ')}) = ${text}`, width))}\n`);
  terminal.out(
    `${title}, learning rate ${formatNumber(learningRate)}, ${plural(descent.steps.length - 1, 'step')}\n\n`,
  );
  const { indices, note } = selectRows(descent.steps.length, options.all === true ? Number.POSITIVE_INFINITY : 24);
  const rows = indices.map((i) => descent.steps[i] as (typeof descent.steps)[number]);
  terminal.out(
    renderTable(
      [
        { header: 'step', cells: rows.map(({ step }) => step) },
        ...variables.map((name, i) => ({ header: name, cells: rows.map(({ point }) => point[i] as number) })),
        { header: 'f', cells: rows.map(({ value }) => value) },
        { header: 'gradient norm', cells: rows.map(({ gradientNorm }) => gradientNorm) },
      ],
      { width, paintHeader: style.dim },
    ),
  );
  if (note !== undefined) terminal.out(`  ${style.dim(note)}\n`);
  const paint =
    descent.verdict === 'diverged' ? style.red : descent.verdict === 'converged' ? style.green : style.orange;
  terminal.out(`\n${paint(wrapText(descent.message, width))}\n`);
  if (explanation !== undefined) terminal.out(`${wrapText(explanation, width)}\n`);
  if (written.length > 0) terminal.out(`wrote ${written.join(', ')}\n`);
  return code;

  /** What the curvature at the lowest point reached says about the learning rate; undefined where it says nothing. */
  async function explainRate(): Promise<string | undefined> {
    if (method !== 'gd' && method !== 'momentum') return undefined;
    const finite = descent.steps.filter(({ value, point }) => Number.isFinite(value) && point.every(Number.isFinite));
    const lowest = finite.reduce((a, b) => (b.value < a.value ? b : a), finite[0] as PathPoint);
    const { explainLearningRate } = await import('downhill/calculus');
    try {
      const sentence = explainLearningRate(formula.f, lowest.point, {
        learningRate,
        momentum: method === 'momentum' ? defaultMomentum : 0,
      });
      return `By the curvature at the lowest point reached: ${sentence}`;
    } catch (error) {
      if (error instanceof DownhillError) return undefined;
      throw error;
    }
  }
};

/** The momentum that --method momentum uses. */
const defaultMomentum = 0.9;

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
