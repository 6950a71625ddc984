/** What the lessons use of linear algebra, asked before they begin: the result only advises. */
import { matmul, sum, type Tensor, tensor } from 'downhill';
import { eigvalsh } from 'downhill/linalg';
import type { Chance } from '../chance.ts';
import { show } from '../numbers.ts';
import type { KnownMistake, LessonQuestions, QuestionKind } from './types.ts';
import { part } from './writing.ts';

/** All answers are whole numbers; an eigenvalue comes with the rounding of its iteration. */
const short = (x: number): number => Number(x.toFixed(9)) + 0;
const listOf = (t: Tensor): number[] => Array.from(t.data, Number).map(short);
const vector = (v: readonly number[]): string => `(${v.map((x) => show(x)).join(', ')})`;
const matrix = (rows: readonly (readonly number[])[]): string => rows.map(vector).join(', ');
const some = (c: Chance, count: number): number[] => Array.from({ length: count }, () => c.nonZero(-5, 5));
/** Mistakes that differ from the answer and from one another. */
const apart = (right: number, mistakes: readonly KnownMistake<number>[]): KnownMistake<number>[] =>
  mistakes.filter(({ value }, i) => value !== right && mistakes.findIndex((m) => m.value === value) === i);

const dot: QuestionKind = {
  id: 'dot',
  name: 'Dot product',
  ask: (c) => {
    const [u, v] = [some(c, 3), some(c, 3)];
    const products = u.map((x, i) => x * (v[i] as number));
    const value = listOf(sum(tensor(u).mul(tensor(v))))[0] as number;
    const total = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);
    return {
      prompt: `What is the dot product of ${vector(u)} and ${vector(v)}?`,
      answer: {
        type: 'number',
        label: 'u · v =',
        value,
        mistakes: apart(value, [
          {
            value: total(products.map(Math.abs)),
            message: 'A product of two numbers with different signs is negative.',
          },
          {
            value: total(u) * total(v),
            message: 'That is the product of the two sums; each number meets its partner alone.',
          },
          { value: total(u) + total(v), message: 'Partners are multiplied; only their products are added.' },
        ]),
      },
      hints: ['Multiply first with first, second with second, third with third.', 'Then add the three products.'],
      shown: show(value),
      solution: [
        u.map((x, i) => `${part(x)} · ${part(v[i] as number)}`).join(' + '),
        `= ${products.map((x) => part(x)).join(' + ')} = ${show(value)}`,
        'It is used where a gradient meets a direction: their dot product is the slope along it.',
      ],
    };
  },
};

const product: QuestionKind = {
  id: 'product',
  name: 'Matrix times vector',
  ask: (c) => {
    const [rows, v] = [[some(c, 2), some(c, 2)], some(c, 2)];
    const [first, second] = rows as [number[], number[]];
    const values = listOf(matmul(tensor(rows), tensor(v)));
    const turned = listOf(matmul(tensor(v), tensor(rows)));
    const at = c.whole(0, 1);
    const value = values[at] as number;
    const row = (at === 0 ? first : second) as [number, number];
    return {
      prompt: `The rows of a matrix A are ${matrix(rows)}, and v = ${vector(v)}. What is the ${at === 0 ? 'first' : 'second'} number of A·v?`,
      answer: {
        type: 'number',
        label: at === 0 ? '(A·v)₁ =' : '(A·v)₂ =',
        value,
        mistakes: apart(value, [
          { value: turned[at] as number, message: 'A column was taken in place of a row.' },
          { value: values[1 - at] as number, message: 'That is the other number of A·v.' },
          { value: row[0] * (v[0] as number), message: 'That is the first product alone; the row has two numbers.' },
        ]),
      },
      hints: ['Each number of A·v is the dot product of a row of A with v.', `The row is ${vector(row)}.`],
      shown: show(value),
      solution: [
        `${part(row[0])} · ${part(v[0] as number)} + ${part(row[1])} · ${part(v[1] as number)} = ${show(value)}`,
        'A layer of neurons is such a product: a row for each of them.',
      ],
    };
  },
};

const eigenvalue: QuestionKind = {
  id: 'eigenvalue',
  name: 'Eigenvalue of a 2×2 matrix',
  ask: (c) => {
    // A diagonal a, a beside ±b, or the same eigenvalues along (1, 2) and (2, −1): all numbers stay whole.
    const [low, k] = [c.whole(-3, 4), c.whole(1, 2)];
    const rows =
      c.pick([0, 1]) === 0
        ? [
            [low + k, k],
            [k, low + k],
          ]
        : [
            [low + k, 2 * k],
            [2 * k, low + 4 * k],
          ];
    const [least, most] = listOf(eigvalsh(tensor(rows))) as [number, number];
    const [[a, b], [, d]] = rows as [[number, number], [number, number]];
    return {
      prompt: `A symmetric matrix has the rows ${matrix(rows)}. What is its larger eigenvalue?`,
      answer: {
        type: 'number',
        label: 'λ =',
        value: most,
        tolerance: 1e-9,
        mistakes: apart(most, [
          { value: least, message: 'That is an eigenvalue too, the smaller one.' },
          { value: a + d, message: 'That is the trace: both eigenvalues added.' },
          { value: a * d - b * b, message: 'That is the determinant: both eigenvalues multiplied.' },
          { value: Math.max(a, d), message: 'The diagonal holds the eigenvalues only if the other entries are 0.' },
        ]),
      },
      hints: [
        'An eigenvalue λ makes the determinant of A − λ·1 zero.',
        `The two eigenvalues add up to ${show(a + d)}, and multiplied they give ${show(a * d - b * b)}.`,
      ],
      shown: `λ = ${show(most)}`,
      solution: [
        `λ² − ${part(a + d)}·λ + ${part(a * d - b * b)} = 0`,
        `has the solutions ${show(least)} and ${show(most)}`,
        'The largest eigenvalue of a Hessian is the L that limits a learning rate to 2/L.',
      ],
    };
  },
};

export default { lesson: 'entry', kinds: [dot, product, eigenvalue] } satisfies LessonQuestions;
