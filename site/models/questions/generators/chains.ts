/** Questions about derivations: find the wrong line, put the chain in order. */
import { formula } from 'downhill/formula';
import type { Chance } from '../../chance.ts';
import { show, typeset } from '../../numbers.ts';
import { diagnosis } from '../diagnosis.ts';
import type { QuestionKind } from '../types.ts';
import { join, shuffle, term } from '../writing.ts';

/** A calculation line by line, and what a mistake would make of each line. */
export interface Derivation {
  /** The first line, which is never wrong. */
  readonly given: string;
  readonly at: Readonly<Record<string, number>>;
  /** Each line is a derivative: what is written before the equals sign, of what, by what, right and by known mistakes. */
  readonly lines: readonly {
    readonly label: string;
    readonly f: string;
    readonly by: string;
    readonly right: string;
    readonly wrong: readonly string[];
  }[];
}

/** Products of two functions of x: their derivatives, then the product rule. */
export function productDerivation(c: Chance): Derivation {
  const [n, a] = [c.whole(2, 4), c.whole(2, 5)];
  const [u, slope] = [`x^${n}`, n === 2 ? '2x' : `${n}x^${n - 1}`];
  const { v, right, wrong } = c.pick([
    { v: `sin(${a}x)`, right: `${a}*cos(${a}x)`, wrong: [`cos(${a}x)`, `-${a}*cos(${a}x)`] },
    { v: `e^(${a}x)`, right: `${a}*e^(${a}x)`, wrong: [`e^(${a}x)`, `-${a}*e^(${a}x)`] },
    { v: `log(x^2 + ${a})`, right: `2x/(x^2 + ${a})`, wrong: [`1/(x^2 + ${a})`, `-2x/(x^2 + ${a})`] },
  ]);
  const f = `${u}*${v}`;
  return {
    given: `f = u·v with u = ${typeset(u)} and v = ${typeset(v)}`,
    at: { x: 0.7 },
    lines: [
      { label: 'u′', f: u, by: 'x', right: slope, wrong: [`${n}x^${n}`, n === 2 ? 'x' : `x^${n - 1}`] },
      { label: 'v′', f: v, by: 'x', right, wrong },
      {
        label: 'f′',
        f,
        by: 'x',
        right: `${slope}*${v} + ${u}*${right}`,
        wrong: [`${slope}*${right}`, `${slope}*${v}`],
      },
    ],
  };
}

/** Gradients of small functions of two variables. */
export function gradientDerivation(c: Chance): Derivation {
  const of = (f: string, x: readonly string[], y: readonly string[]): Derivation => ({
    given: `f(x, y) = ${typeset(f)}`,
    at: { x: 0.7, y: 1.3 },
    lines: [x, y].map(([right, ...wrong], i) => {
      const by = 'xy'[i] as string;
      return { label: `∂f/∂${by}`, f, by, right: right as string, wrong };
    }),
  });
  return c.pick([
    () => {
      const [a, b] = [c.whole(2, 5), c.whole(2, 5)];
      return of(
        `${a}x^2*y + ${term(b, 'y')}`,
        [`${2 * a}x*y`, `${2 * a}x*y + ${b}y`, `${2 * a}x^2*y`, `${2 * a}x`],
        [`${a}x^2 + ${b}`, `${2 * a}x*y`, `${a}x^2 - ${b}`, `${a}x^2`],
      );
    },
    () => {
      const [a, b] = [c.whole(2, 4), c.whole(2, 4)];
      const u = `${a}x - ${term(b, 'y')}`;
      return of(
        `(${u})^2`,
        [`${2 * a}*(${u})`, `2*(${u})`, `${2 * a}*(${u})^2`],
        [`-${2 * b}*(${u})`, `${2 * b}*(${u})`, `2*(${u})`],
      );
    },
    () => {
      const a = c.whole(2, 5);
      return of(
        `sin(${a}x)*y + y^2`,
        [`${a}*cos(${a}x)*y`, `cos(${a}x)*y`, `-${a}*cos(${a}x)*y`],
        [`sin(${a}x) + 2y`, `sin(${a}x) + 2y^2`, `${a}*cos(${a}x)*y`],
      );
    },
    () => {
      const a = c.pick([-2, 2, 3]);
      const e = `e^(${term(a, 'x')})`;
      return of(`y^2*${e}`, [`${a}*y^2*${e}`, `y^2*${e}`, `${-a}*y^2*${e}`], [`2y*${e}`, `2y^2*${e}`, `y*${e}`]);
    },
  ])();
}

const tidied = (text: string, names: readonly string[]): string => typeset(formula(text, { variables: names }).text);

/** A choice of lines: one derivative of a calculation is wrong; the doctor says why. */
export const findMistakeKind = ({
  id = 'mistake',
  name = 'Find the mistake',
  derivations = gradientDerivation,
}: {
  readonly id?: string;
  readonly name?: string;
  readonly derivations?: (c: Chance) => Derivation;
} = {}): QuestionKind => ({
  id,
  name,
  ask: (c) => {
    const { given, at, lines } = derivations(c);
    const names = Object.keys(at);
    const guilty = c.whole(0, lines.length - 1);
    const { f, by, label, right, wrong } = lines[guilty] as (typeof lines)[number];
    const slip = c.pick(wrong);
    const patient = { f, at, by };
    const reason = diagnosis(patient, slip) ?? 'The engine finds another derivative.';
    const options = [
      { text: given, why: 'This is what was given.' },
      ...lines.map((line, i) => ({
        text: `${line.label} = ${tidied(i === guilty ? slip : line.right, names)}`,
        why: i === guilty ? reason : 'This line is right: the engine finds the same.',
      })),
    ];
    const wrongLine = options[guilty + 1]?.text as string;
    return {
      prompt: 'One line of this calculation is wrong. Which?',
      answer: { type: 'choice', look: 'lines', label: 'The lines of the calculation', options, right: guilty + 1 },
      hints: [
        names.length > 1
          ? 'Hold the other variable still and differentiate each line yourself.'
          : 'Differentiate each part yourself, then put them together.',
        `Numbers tell: at ${names.map((n) => `${n} = ${show(at[n] as number)}`).join(', ')} compare each line with (f(x + h) − f(x))/h for a small h.`,
      ],
      shown: `${wrongLine} is wrong`,
      solution: [`${wrongLine} is wrong.`, reason, `Right is ${label} = ${tidied(right, names)}.`],
      patient,
    };
  },
});

/** A chain of operations from x to a result; each is written with the name of the value before it. */
interface Link {
  readonly forward: string;
  readonly slope: string;
}

function chainOf(c: Chance): { readonly f: string; readonly links: readonly Link[] } {
  const [a, b] = [c.whole(2, 5), c.nonZero(-4, 4)];
  const first = join(term(a, 'x'), term(b));
  return c.pick([
    () => ({
      f: `sin((${first})^2)`,
      links: [
        { forward: `u = ${typeset(first)}`, slope: `du/dx = ${a}` },
        { forward: 'v = u²', slope: 'dv/du = 2u' },
        { forward: 'f = sin(v)', slope: 'df/dv = cos(v)' },
      ],
    }),
    () => ({
      f: `e^(-(${first})^2)`,
      links: [
        { forward: `u = ${typeset(first)}`, slope: `du/dx = ${a}` },
        { forward: 'v = u²', slope: 'dv/du = 2u' },
        { forward: 'w = −v', slope: 'dw/dv = −1' },
        { forward: 'f = eʷ', slope: 'df/dw = eʷ' },
      ],
    }),
    () => ({
      f: `log(1 + e^(${first}))`,
      links: [
        { forward: `u = ${typeset(first)}`, slope: `du/dx = ${a}` },
        { forward: 'v = eᵘ', slope: 'dv/du = eᵘ' },
        { forward: 'w = 1 + v', slope: 'dw/dv = 1' },
        { forward: 'f = log(w)', slope: 'df/dw = 1/w' },
      ],
    }),
    () => ({
      f: `(1 - tanh(${first}))^2`,
      links: [
        { forward: `u = ${typeset(first)}`, slope: `du/dx = ${a}` },
        { forward: 'v = tanh(u)', slope: 'dv/du = 1 − v²' },
        { forward: 'w = 1 − v', slope: 'dw/dv = −1' },
        { forward: 'f = w²', slope: 'df/dw = 2w' },
      ],
    }),
  ])();
}

/** Pieces to order: the values forwards, or the local slopes in the order in which the sweep backwards uses them. */
export const orderChainKind = ({
  id = 'order',
  name = 'Put the chain in order',
  backwards = false,
}: {
  readonly id?: string;
  readonly name?: string;
  /** True: local slopes from the result back to x, as backpropagation multiplies them. */
  readonly backwards?: boolean;
} = {}): QuestionKind => ({
  id,
  name,
  ask: (c) => {
    const { f, links } = chainOf(c);
    const pieces = backwards ? [...links].reverse().map((l) => l.slope) : links.map((l) => l.forward);
    const valueOf = (link: Link): string => link.forward[0] as string;
    const needs = backwards
      ? [...links].reverse().map((_, i, all) => {
          const before = i === 0 ? undefined : (all[i - 1] as Link);
          return before ? `first comes the slope with respect to ${valueOf(all[i] as Link)}, ${before.slope}.` : '';
        })
      : links.map((_, i) => (i === 0 ? '' : `it needs ${valueOf(links[i - 1] as Link)} first.`));
    // A shuffle that happens to be right asks nothing: shuffle on.
    let mixed = shuffle(c, pieces);
    while (mixed.places.every((p, i) => p === i)) mixed = shuffle(c, pieces);
    const from = mixed.list.map((piece) => pieces.indexOf(piece));
    const total = formula(f, { variables: ['x'] }).derivative('x');
    return {
      prompt: backwards
        ? `f(x) = ${typeset(f)}. Put the local slopes in the order in which the sweep backwards multiplies them.`
        : `f(x) = ${typeset(f)}. Put the steps that compute it in order.`,
      answer: {
        type: 'order',
        label: backwards ? 'Local slopes, from the result to x' : 'Steps, from x to the result',
        pieces: mixed.list,
        right: mixed.places,
        needs: from.map((i) => needs[i] as string),
      },
      hints: [
        backwards
          ? 'Backwards means: begin at the result. Which slope has df on top?'
          : 'Begin with what needs nothing but x; each next step uses a name that is already there.',
      ],
      shown: pieces.join(' → '),
      solution: [
        ...links.map((l) => `${l.forward}, so ${l.slope}`),
        `df/dx is the product of the slopes: ${typeset(total.text)}`,
      ],
    };
  },
});
