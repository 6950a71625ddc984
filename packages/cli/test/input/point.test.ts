import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { numberOption } from '../../src/input/number.ts';
import { parsePoint, parseRanges, valuesFor } from '../../src/input/point.ts';

const failure = (run: () => unknown): InputError => {
  try {
    run();
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
  throw new Error('expected an InputError');
};

describe('parsePoint', () => {
  it('reads names and numbers, with spaces anywhere', () => {
    expect([...parsePoint('--at', ' x = 1 ,y=-2.5e-3, θ1=.5')]).toEqual([
      ['x', 1],
      ['y', -2.5e-3],
      ['θ1', 0.5],
    ]);
  });

  it('reads back every point it could have been given', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.stringMatching(/^[a-z_][a-z0-9_]{0,5}$/),
          fc.double({ noNaN: true, noDefaultInfinity: true }),
          { minKeys: 1, maxKeys: 5 },
        ),
        (values) => {
          const entries = Object.entries(values);
          const text = entries.map(([name, value]) => `${name}=${Object.is(value, -0) ? '-0' : value}`).join(',');
          for (const [name, value] of entries) {
            expect(parsePoint('--at', text).get(name)).toBe(value);
          }
        },
      ),
    );
  });

  it.each([
    ['', 'empty-point', undefined, '--at is empty; write it as x=1,y=2'],
    ['x', 'bad-point', 1, "--at needs a variable's name before each value, as in x=1,y=2"],
    ['x=1,', 'bad-point', 4, '--at has an empty part; write it as x=1,y=2'],
    ['x=1,=2', 'bad-point', 5, '"" is not a variable\'s name; write --at as x=1,y=2'],
    ['x=1,2y=3', 'bad-point', 5, '"2y" is not a variable\'s name; write --at as x=1,y=2'],
    ['x=1, x=2', 'bad-point', 6, '--at gives x twice'],
    ['x=1,y=abc', 'bad-number', 7, 'the value of y must be a finite number, got "abc"'],
    ['x=', 'bad-number', 2, 'the value of x must be a finite number, got nothing'],
    ['x=NaN', 'bad-number', 3, 'the value of x must be a finite number, got "NaN"'],
    ['x=1e999', 'bad-number', 3, 'the value of x must be a finite number, got "1e999"'],
    ['x=0x10', 'bad-number', 3, 'the value of x must be a finite number, got "0x10"'],
    ['x=1=2', 'bad-number', 3, 'the value of x must be a finite number, got "1=2"'],
  ])('refuses %j with its place', (text, code, position, message) => {
    const error = failure(() => parsePoint('--at', text));
    expect(error.code).toBe(code);
    expect(error.position).toBe(position);
    expect(error.message.split('\n')[0]).toBe(position === undefined ? message : `${message} (position ${position})`);
  });

  it('points at the place in the text', () => {
    expect(
      failure(() => parsePoint('--at', 'x=1,y=abc'))
        .message.split('\n')
        .slice(1),
    ).toEqual(['  x=1,y=abc', '        ^^^']);
  });

  it('shows only the neighbourhood of a fault in a long text', () => {
    const text = `${Array.from({ length: 200 }, (_, i) => `v${i}=1`).join(',')},w=?`;
    const lines = failure(() => parsePoint('--at', text)).message.split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(80);
    expect(lines[2]?.indexOf('^')).toBe(lines[1]?.indexOf('?'));
  });

  it('bounds the length', () => {
    expect(failure(() => parsePoint('--at', 'x'.repeat(1e6))).message).toBe(
      '--at has 1,000,000 characters; at most 10,000 are read',
    );
  });

  it('keeps names that objects treat specially as plain names', () => {
    expect(parsePoint('--at', '__proto__=1').get('__proto__')).toBe(1);
    expect(parsePoint('--at', 'x=1').get('constructor')).toBeUndefined();
  });
});

describe('valuesFor', () => {
  const at = (text: string, variables: string[]) => valuesFor('--at', text, parsePoint('--at', text), variables);

  it('puts the values into the order of the formula', () => {
    expect(at('y=2,x=1', ['x', 'y'])).toEqual({ variables: ['x', 'y'], values: [1, 2] });
  });

  it('lets a constant have the variables of the point', () => {
    expect(at('x=3', [])).toEqual({ variables: ['x'], values: [3] });
  });

  it('names the variables without a value', () => {
    const error = failure(() => at('x=1', ['x', 'y', 'z']));
    expect(error.code).toBe('missing-point');
    expect(error.message).toBe('--at gives no value for y, z; add y=…,z=…');
  });

  it('suggests the variable that was meant', () => {
    const error = failure(() => at('weihgt=1', ['weight']));
    expect(error.code).toBe('unknown-variable');
    expect(error.message.split('\n')[0]).toBe('the formula has no variable weihgt; did you mean weight? (position 1)');
    expect(failure(() => at('x=1,q=2', ['x'])).message).toContain(
      'the formula has no variable q; its variables: x (position 5)',
    );
  });
});

describe('parseRanges', () => {
  it('reads ends, infinite ones where they make sense', () => {
    expect(parseRanges('--range', 'x=-1:3').get('x')).toEqual({ low: -1, high: 3 });
    const infinite = parseRanges('--over', 'x=-inf:inf', { infinite: true }).get('x');
    expect(infinite).toEqual({ low: -Infinity, high: Infinity });
  });

  it.each([
    ['x=1', 'the range of x needs two ends, as in x=0:1 (position 3)'],
    ['x=3:1', 'the range of x runs from 3 to 1; the first end must be the smaller (position 1)'],
    ['x=1:1', 'the range of x runs from 1 to 1; the first end must be the smaller (position 1)'],
    ['x=0:b', 'the upper end of x must be a finite number, got "b" (position 5)'],
    ['x=:1', 'the lower end of x must be a finite number, got nothing (position 3)'],
    ['x=0:inf', 'the upper end of x must be a finite number, got "inf" (position 5)'],
  ])('refuses %j', (text, message) => {
    expect(failure(() => parseRanges('--range', text)).message.split('\n')[0]).toBe(message);
  });
});

describe('numberOption', () => {
  const rate = { min: 0, openMin: true };

  it('reads a number within its rule', () => {
    expect(numberOption('--lr', '0.1', rate)).toBe(0.1);
    expect(numberOption('--steps', '1e3', { min: 1, max: 1e6, integer: true })).toBe(1000);
  });

  it.each([
    ['NaN', 'bad-number', '--lr must be a finite number above 0, got "NaN"'],
    ['fast', 'bad-number', '--lr must be a finite number above 0, got "fast"'],
    ['', 'bad-number', '--lr must be a finite number above 0, got ""'],
    ['-0.1', 'out-of-range', '--lr must be a finite number above 0, got "-0.1"'],
    ['0', 'out-of-range', '--lr must be a finite number above 0, got "0"'],
    ['inf', 'bad-number', '--lr must be a finite number above 0, got "inf"'],
  ])('refuses a learning rate of %j', (text, code, message) => {
    expect(failure(() => numberOption('--lr', text, rate))).toMatchObject({ code, message });
  });

  it.each(['1e12', '0', '2.5', '-3'])('refuses %s steps', (text) => {
    const rule = { min: 1, max: 1e6, integer: true };
    expect(failure(() => numberOption('--steps', text, rule)).message).toBe(
      `--steps must be a whole number between 1 and 1,000,000, got "${text}"`,
    );
  });
});
