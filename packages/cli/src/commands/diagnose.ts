import type { Cause, Claim, DiagnosedComponent, SlopeStep } from 'downhill/calculus';
import { parseDecimal } from 'downhill/data';
import type { Witness } from 'downhill/formula';
import type { CommandAction } from '../definition.ts';
import { parseClaims } from '../input/claims.ts';
import { readFormula } from '../input/formula.ts';
import { numberOption } from '../input/number.ts';
import { toJson } from '../output/json.ts';
import { formatNumber } from '../output/number.ts';
import { renderTable } from '../output/table.ts';
import { shorten, wrapText } from '../output/wrap.ts';
import { pictureFormat } from '../plot/format.ts';

export interface DiagnoseCommandOptions {
  at: string;
  claim: string;
  step?: string;
  plot?: string;
}

interface Judged extends DiagnosedComponent {
  /** What the claim was, as text. */
  claim: string;
  note?: string;
}

export const diagnoseCommand: CommandAction<DiagnoseCommandOptions> = async (argument, options, context) => {
  const { terminal, json } = context;
  const step = options.step === undefined ? undefined : numberOption('--step', options.step);
  if (options.plot !== undefined) pictureFormat(options.plot);
  const text = await readFormula(argument);
  const { bindFormula } = await import('../calculus/function.ts');
  const { diagnose, localSlope } = await import('downhill/calculus');
  const { equivalent, formula } = await import('downhill/formula');
  const bound = bindFormula(text, '--at', options.at);
  const { variables, values } = bound;
  const written = parseClaims(options.claim, variables);
  const read = formula(text, { variables });
  const gradient = bound.gradient();
  const claims = variables.map((name, i): Claim => {
    const claim = written.find((c) => c.name === name)?.text;
    if (claim === undefined) return gradient[i] as number;
    return parseDecimal(claim) ?? formula(claim, { variables });
  });
  const { components } = diagnose(read, claims, values);
  const judged = components.flatMap((component): Judged[] => {
    const claim = written.find((c) => c.name === component.variable)?.text;
    if (claim === undefined) return [];
    return [{ ...component, claim, ...(parseDecimal(claim) === undefined ? compared(component, claim) : {}) }];
  });
  const slopes: Record<string, SlopeStep> = {};
  if (step !== undefined) {
    for (const { name } of written) {
      const i = variables.indexOf(name);
      slopes[name] = localSlope(bound.slice(i), values[i] as number, [step]).steps[0] as SlopeStep;
    }
  }
  const verdict = judged.every((c) => c.right) ? 'right' : 'wrong';
  const drawn = judged.find((c) => !c.right) ?? judged[0];
  if (options.plot !== undefined && drawn !== undefined) {
    const { claimFigure } = await import('../plot/claim.ts');
    const { writeFigure } = await import('../plot/file.ts');
    const i = variables.indexOf(drawn.variable);
    const figure = claimFigure({
      formula: text,
      variable: drawn.variable,
      f: bound.along(i),
      at: values[i] as number,
      value: bound.value(values),
      claimed: drawn.claimed as number,
      actual: drawn.actual as number,
      cause: drawn.likelyCause?.sentence ?? '',
      right: drawn.right,
      step,
    });
    await writeFigure(options.plot, figure);
  }
  if (json) {
    terminal.out(
      toJson({
        variables,
        verdict,
        components: judged.map(
          ({ variable, claim, claimed, actual, right, likelyCause, alternatives, remainderOrder, note }) => ({
            variable,
            claim,
            claimed,
            actual,
            right,
            likelyCause,
            alternatives,
            remainderOrder,
            ...(note === undefined ? {} : { note }),
          }),
        ),
        ...(step === undefined ? {} : { steps: slopes }),
      }),
    );
    return;
  }
  const { style, width } = terminal;
  const point = variables.map((name, i) => `${name} = ${formatNumber(values[i] as number)}`).join(', ');
  terminal.out(
    `${style.bold(shorten(`f(${variables.join(', ')}) = ${text}`, width))}\n${shorten(`at ${point}`, width)}\n\n`,
  );
  terminal.out(
    renderTable(
      [
        { header: '', cells: judged.map((c) => `df/d${c.variable}`) },
        { header: 'claim', cells: judged.map((c) => c.claim), shrink: true },
        { header: 'claimed', cells: judged.map((c) => c.claimed as number) },
        { header: 'actual', cells: judged.map((c) => c.actual as number) },
        { header: '', cells: judged.map((c) => (c.right ? 'right' : 'wrong')) },
      ],
      { width, paintHeader: style.dim },
    ),
  );
  for (const { variable, right, likelyCause, alternatives, note } of judged) {
    if (right && note === undefined) continue;
    const why = right ? (note as string) : explain(likelyCause, alternatives, note);
    terminal.out(`\n${(right ? style.orange : style.red)(wrapText(`df/d${variable}: ${why}`, width))}\n`);
  }
  if (verdict === 'right') terminal.out(`\n${style.green('Right.')}\n`);
  for (const [name, { sentence }] of Object.entries(slopes))
    terminal.out(`\n${wrapText(`along ${name}, ${sentence}`, width)}\n`);
  if (options.plot !== undefined) terminal.out(`\nwrote ${options.plot}\n`);
  return;

  /** A difference that is plain to see at one point and gone beside it: a tie or a kink, where derivatives are conventions. */
  function isIsolated({ left, right }: Witness): boolean {
    if (left === undefined || right === undefined) return false;
    return Math.abs(left - right) > 1e-9 * Math.max(Math.abs(left), Math.abs(right), 1);
  }

  /** The claim against the derivative as formulas, to 40 digits: what a comparison in double precision cannot see. */
  function compared(component: DiagnosedComponent, claim: string): Partial<Judged> {
    const derivative = bound.derivative(component.variable);
    if (derivative === undefined) return {};
    const found = equivalent(
      formula(claim, { variables }).expression,
      formula(derivative.text, { variables }).expression,
    );
    if (found.verdict === 'different' && component.right && !isIsolated(found.witness)) {
      const where = Object.entries(found.witness.point)
        .map(([name, v]) => `${name} = ${formatNumber(v)}`)
        .join(', ');
      const sentence = `the claim differs from the derivative ${derivative.text} by less than can be seen here; at ${where} it is ${found.witness.left} instead of ${found.witness.right}`;
      return { right: false, likelyCause: { kind: 'elsewhere', sentence } };
    }
    if (found.verdict === 'different-domain') return { note: 'right where both have values, but their domains differ' };
    return {};
  }
};

function explain(likely: Cause | null, alternatives: readonly Cause[], note: string | undefined): string {
  const others =
    alternatives.length === 0
      ? ''
      : ` (The same would come of this: ${alternatives.map((a) => a.sentence).join('; ')}.)`;
  return `${likely?.sentence ?? 'wrong'}.${others}${note === undefined ? '' : ` ${note}.`}`;
}
