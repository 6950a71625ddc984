/** What a program asks of a plot, on its way through the sandbox to the page. */
import { describe, expect, test } from 'vitest';
import { drawing } from '../../playground/drawing.ts';
import { type Output, readMessage, SIZES } from '../../playground/messages.ts';

function drawn(options: object): Output {
  const sent: Output[] = [];
  drawing((output) => sent.push(output)).plot([0, 1, 2], { a: [1, 2, 3], b: (x: number) => x }, options);
  const read = readMessage({ type: 'output', output: sent[0] });
  if (read?.type !== 'output') throw new Error('nothing was drawn');
  return read.output;
}

describe('options of a plot', () => {
  test('arrive one by one', () => {
    const series = [
      { name: 'a', x: [0, 1, 2], y: [1, 2, 3] },
      { name: 'b', x: [0, 1, 2], y: [0, 1, 2] },
    ];
    const plain = { kind: 'plot', title: '', xLabel: 'x', yLabel: '', log: false, series };
    expect(drawn({})).toEqual(plain);
    for (const option of [{ title: 'T' }, { xLabel: 'w' }, { yLabel: 'loss' }, { log: true }, { size: [300, 200] }])
      expect(drawn(option)).toEqual({ ...plain, ...option });
  });

  test('a size is two lengths within limits', () => {
    for (const size of [300, [300], [300, 200, 100], ['300', 200], [Number.NaN, 200], [SIZES[0] - 1, 200], [300, 1e6]])
      expect(() => drawn({ size }), JSON.stringify(size)).toThrow(
        /size must be \[width, height\] in pixels, each from 120 to 1200, got /,
      );
    // The page believes no message from the sandbox.
    const forged = (size: unknown) =>
      readMessage({ type: 'output', output: { kind: 'plot', series: [{ name: '', x: [0, 1], y: [0, 1] }], size } });
    expect(forged([1e9, 1])).toMatchObject({ output: { size: [1200, 120] } });
    for (const size of ['wide', [1, 'x'], [Number.NaN, 5], null, [300]])
      expect(forged(size)).not.toHaveProperty('output.size');
  });
});
