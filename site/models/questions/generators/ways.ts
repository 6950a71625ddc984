/** Which way a step goes: one walker where the slope is negative, one where it is positive. */
import { formula } from 'downhill/formula';
import { descend, scale } from 'downhill/optimize';
import { show, typeset } from '../../numbers.ts';
import type { QuestionKind } from '../types.ts';
import { part, shifted, shuffle, term } from '../writing.ts';

const short = (x: number): number => Number(x.toPrecision(12)) + 0;
const RUN = 3;

/** A choice: the sign of the slope against the direction of the step, with a number line for each sign. */
export const wayKind = ({ id = 'way', name = 'Which way is down' } = {}): QuestionKind => ({
  id,
  name,
  ask: (c) => {
    const [a, p, rate] = [c.pick([1, 1, 2]), c.whole(-3, 3), c.pick([0.1, 0.2])];
    const read = formula(term(a, `(${shifted('w', p)})^2`), { variables: ['w'] });
    const f = read.f as (w: number) => number;
    const slope = read.derivative('w');
    const walkers = [p - c.whole(1, 4), p + c.whole(1, 4)].map((at, i) => {
      const run = descend(f, at, { learningRate: rate, steps: 1 });
      return { name: 'AB'[i] as string, at, slope: short(slope.at({ w: at })), to: short(run.point) };
    });
    type Walker = (typeof walkers)[number];
    const [first, second] = walkers as [Walker, Walker];
    /** Where a step of the same length ends on the other side. */
    const back = ({ at, to }: Walker): number => short(2 * at - to);
    const tell = (...ends: readonly number[]): string =>
      walkers
        .map(
          (w, i) => `${w.name} to the ${(ends[i] as number) < w.at ? 'left' : 'right'}, to ${show(ends[i] as number)}`,
        )
        .join('; ');
    const climb = descend(f, first.at, { method: scale(rate), steps: RUN });
    const losses = [climb.start, ...climb.steps].map(({ value }) => value);
    const growth = short((losses[1] as number) / (losses[0] as number));
    const rise = (w: Walker): string => `the loss of ${w.name} rises from ${show(f(w.at))} to ${show(f(back(w)))}`;
    const options = [
      {
        text: tell(first.to, second.to),
        why: `A negative slope sends the step to the right, a positive one to the left: each against the sign of its slope. Both losses fall, to ${show(f(first.to))} and ${show(f(second.to))}.`,
      },
      {
        text: tell(back(first), back(second)),
        why: `The sign is wrong: this adds rate times slope, and goes uphill. Repeated, the loss of A is multiplied by ${show(growth)} at each step: ${losses.map((loss) => show(loss)).join(', ')} and so on. A smaller rate would not mend it.`,
      },
      {
        text: tell(first.to, back(second)),
        why: `The sign of the slope of B is lost: its step goes uphill, and ${rise(second)}.`,
      },
      {
        text: tell(back(first), second.to),
        why: `The minus sign of the rule is taken for “to the left”. Before a negative slope it turns the step to the right; so ${rise(first)}.`,
      },
    ];
    const { list, places } = shuffle(c, options);
    return {
      prompt: `Two walkers stand on one loss. At A, w = ${show(first.at)}, its slope is ${show(first.slope)}; at B, w = ${show(second.at)}, it is ${show(second.slope)}. The learning rate is ${rate}. Where does one step of gradient descent take them?`,
      picture: { type: 'lines', variable: 'w', range: [p - 8, p + 8], lowest: p, walkers },
      answer: { type: 'choice', look: 'options', label: 'Where A and B go', options: list, right: places[0] as number },
      hints: [
        'The slope says in which direction the loss rises. The step goes the other way.',
        `For A: the step is −${rate} · ${part(first.slope)}. What is its sign?`,
      ],
      shown: tell(first.to, second.to),
      solution: [
        ...walkers.map(
          (w) =>
            `${w.name}: ${show(w.at)} − ${rate} · ${part(w.slope)} = ${show(w.to)}, to the ${w.to < w.at ? 'left' : 'right'}`,
        ),
        `the loss was ${typeset(read.text)}, lowest at w = ${show(p)}: both came nearer`,
      ],
    };
  },
});
