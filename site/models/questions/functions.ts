/** Functions to ask about, each with the derivatives that common mistakes give. */
import type { Chance } from '../chance.ts';
import { join, term } from './writing.ts';

export interface Specimen {
  readonly f: string;
  /** Wrong derivatives by x (by the first variable, where there are several), each by one known mistake. */
  readonly mistakes: readonly string[];
}

/** Terms of small whole coefficients. */
export function polynomial(c: Chance): Specimen {
  return c.pick([
    () => {
      const [a, b, k] = [c.nonZero(-4, 4), c.nonZero(-6, 6), c.nonZero(-5, 5)];
      return {
        f: join(term(a, 'x^2'), term(b, 'x'), term(k)),
        // the constant kept, the power not lowered, the exponent not brought down
        mistakes: [
          join(term(2 * a, 'x'), term(b), term(k)),
          join(term(2 * a, 'x^2'), term(b)),
          join(term(a, 'x'), term(b)),
        ],
      };
    },
    () => {
      const [a, b] = [c.nonZero(-2, 2), c.nonZero(-5, 5)];
      return {
        f: join(term(a, 'x^3'), term(b, 'x')),
        mistakes: [
          join(term(3 * a, 'x^3'), term(b)),
          join(term(a, 'x^2'), term(b)),
          join(term(-3 * a, 'x^2'), term(-b)),
        ],
      };
    },
    () => {
      const [a, b, k] = [c.nonZero(-3, 3), c.nonZero(-4, 4), c.nonZero(-5, 5)];
      return {
        f: join(term(a, 'x^3'), term(b, 'x^2'), term(k)),
        mistakes: [
          join(term(3 * a, 'x^2'), term(2 * b, 'x'), term(k)),
          join(term(3 * a, 'x^3'), term(2 * b, 'x^2')),
          term(3 * a, 'x^2'),
        ],
      };
    },
  ])();
}

/** One function inside another, products, and a constant added: where chain and product rule are needed. */
export function composite(c: Chance): Specimen {
  return c.pick([
    () => {
      const [a, b, n] = [c.whole(2, 4), c.nonZero(-4, 4), c.whole(2, 4)];
      const u = join(term(a, 'x'), term(b));
      const lowered = n === 2 ? `(${u})` : `(${u})^${n - 1}`;
      // the inner derivative missing, the power not lowered, the exponent not brought down
      return { f: `(${u})^${n}`, mistakes: [`${n}*${lowered}`, `${n * a}*(${u})^${n}`, `${a}*${lowered}`] };
    },
    () => {
      const a = c.whole(2, 5);
      return { f: `sin(${a}x)`, mistakes: [`cos(${a}x)`, `-${a}*cos(${a}x)`, `${a}*sin(${a}x)`] };
    },
    () => {
      const a = c.pick([-3, -2, 2, 3]);
      const e = `e^(${term(a, 'x')})`;
      // the product of the derivatives, one term only, the other term only
      return { f: `x*${e}`, mistakes: [`${a}*${e}`, `${a}*x*${e}`, e] };
    },
    () => {
      const n = c.whole(2, 3);
      const lowered = n === 2 ? '2x' : '3x^2';
      return {
        f: `x^${n}*sin(x)`,
        mistakes: [`${lowered}*cos(x)`, `${lowered}*sin(x)`, `${lowered}*sin(x) - x^${n}*cos(x)`],
      };
    },
    () => {
      const [a, k] = [c.pick([-3, -2, 2, 3]), c.whole(2, 6)];
      const e = `e^(${term(a, 'x')})`;
      return { f: `${e} + ${k}`, mistakes: [`${a}*${e} + ${k}`, e, `${-a}*${e}`] };
    },
    () => {
      const k = c.whole(1, 5);
      return { f: `log(x^2 + ${k})`, mistakes: [`1/(x^2 + ${k})`, '2x', `-2x/(x^2 + ${k})`] };
    },
  ])();
}

/** Of both kinds. */
export const mixed = (c: Chance): Specimen => (c.whole(0, 3) === 0 ? polynomial(c) : composite(c));
