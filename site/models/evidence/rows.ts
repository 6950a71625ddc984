/** A card as words: five rows, and the same as Markdown. */
import type { Calculation, Card, Readings } from 'downhill/evidence';
import { show, typeset } from '../numbers.ts';

export interface Row {
  readonly term: 'function' | 'calculation' | 'output' | 'failure check' | 'expected output';
  readonly text: string;
}

const place = (point: Readonly<Record<string, number>>): string =>
  Object.entries(point)
    .map(([name, value]) => `${name} = ${show(value)}`)
    .join(', ');

const sayReadings = (readings: Readings, digits = 8): string =>
  Object.entries(readings)
    .map(([name, value]) => `${name} ${show(value ?? Number.NaN, digits)}`)
    .join(', ');

const methods: Readonly<Record<string, string>> = { gd: 'gradient descent', sgd: 'gradient descent', adam: 'Adam' };

/** What was computed, in a phrase. */
export function sayCalculation(c: Calculation): string {
  switch (c.kind) {
    case 'derivative-plot':
      return `(f(x + h) − f(x))/h and f′(x) at x = ${show(c.x)}, h = ${show(c.h)}`;
    case 'gradient-vector':
      return `value and gradient at ${place(c.point)}`;
    case 'loss-curve': {
      const beta = c.momentum === undefined ? '' : `, β = ${show(c.momentum)}`;
      return `${c.steps} ${c.steps === 1 ? 'step' : 'steps'} of ${methods[c.method] ?? c.method} from ${place(c.start)}, learning rate ${show(c.learningRate)}${beta}`;
    }
    case 'comparison': {
      const claims = Object.entries(c.manual).map(([name, text]) => `∂f/∂${name} = ${typeset(text)}`);
      return `by hand ${claims.join(', ')}, against the engine at ${place(c.point)}`;
    }
  }
}

const variablesOf = (c: Calculation): string[] =>
  c.kind === 'derivative-plot' ? ['x'] : Object.keys(c.kind === 'loss-curve' ? c.start : c.point);

export const rowsOf = (card: Card): Row[] => [
  { term: 'function', text: `f(${variablesOf(card.calculation).join(', ')}) = ${typeset(card.function)}` },
  { term: 'calculation', text: sayCalculation(card.calculation) },
  { term: 'output', text: sayReadings(card.output) },
  { term: 'failure check', text: `${typeset(card.failure.what)}: ${sayReadings(card.failure.output, 6)}` },
  {
    term: 'expected output',
    text: Object.entries(card.expected)
      .map(([name, text]) => `${name}${/[′/]/.test(name) ? ' = ' : ' '}${typeset(text)}`)
      .join(', '),
  },
];

/** The characters that mean something in a table of Markdown, or begin a tag. */
const escape = (text: string): string => text.replace(/[\\|<>&`*_[\]]/g, (c) => `\\${c}`).replace(/\s+/g, ' ');

/** The card to read and to keep. */
export const cardAsMarkdown = (card: Card): string => `# Evidence: ${escape(card.lesson)}

| | |
| --- | --- |
${rowsOf(card)
  .map(({ term, text }) => `| ${term} | ${escape(text)} |`)
  .join('\n')}

${card.words.trim() === '' ? '*No words yet.*' : card.words.trim().split(/\n/).map(escape).join('\n')}
`;
