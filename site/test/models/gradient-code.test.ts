/** Each program that a figure of these lessons offers runs, and prints what the figure shows. */
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import {
  chainOf,
  codeFor as graphCode,
  printed as graphPrints,
  initialPoint,
  readSource,
  type Source,
} from '../../models/chain-rule.ts';
import { CLAIMS, checkManual } from '../../models/chain-rule-check.ts';
import {
  chainCode,
  depthCode,
  heldFixedCode,
  inPlaceCode,
  manualCode,
  neuronCode,
} from '../../models/chain-rule-code.ts';
import { ACTIVATIONS, heldFixed, throughDepth, updateInPlace } from '../../models/chain-rule-limits.ts';
import { neuronAt } from '../../models/chain-rule-neuron.ts';
import { codeFor, localAt, nudges, printed } from '../../models/gradient.ts';
import { fitCode, limitsCode, nudgeCode, sliceCode } from '../../models/gradient-code.ts';
import { fitAt, TARGETS } from '../../models/gradient-fit.ts';
import { checkOrigin, SUSPECTS, surfaceOf } from '../../models/gradient-limits.ts';
import { collectPrograms, PATIENCE } from './programs.ts';

const programs = collectPrograms(fileURLToPath(import.meta.url));
/** What programs print: lines of text. */
const linesOf = async (run: () => Promise<string[][]>): Promise<string[][]> =>
  (await run()).map((prints) => prints.flatMap((text) => text.split('\n')));
const numbers = (lines: readonly string[] | undefined): number[][] =>
  (lines ?? []).map((line) => line.trim().split(/\s+/).map(Number));
const near = (xs: readonly number[]): unknown[] => xs.map((x) => expect.closeTo(x, 9));

describe('gradient', () => {
  const state = { f: 'x^2*y + sin(y)', x: 1.2, y: -0.5, angle: 40 };
  const surface = surfaceOf(state.f);
  const local = localAt(surface, state.x, state.y);

  const fit = { w: 0.5, b: -1, targets: TARGETS };
  const run = programs(codeFor(state), sliceCode(state), nudgeCode(state));
  const runFit = programs(fitCode(fit), ...SUSPECTS.map(limitsCode));

  test('point and direction, slices, nudges', { timeout: PATIENCE }, async () => {
    const [point, slices, table] = await linesOf(run);
    expect(numbers(point).flat()).toEqual(near(printed(surface, state).split(/\s+/).map(Number)));
    expect(numbers(slices).flat()).toEqual(near(local.gradient));
    expect(numbers(table)).toEqual(nudges(surface, local).map((r) => near([r.h, r.alongX, r.alongY])));
  });

  test('line and limits', { timeout: PATIENCE }, async () => {
    const [line, ...limits] = await linesOf(runFit);
    const { loss, gradient } = fitAt(fit);
    expect(numbers(line)[0]).toEqual(near([loss, ...gradient]));
    SUSPECTS.forEach(({ f }, i) => {
      const rows = checkOrigin(f).rows.filter((r) => [30, 45, 60].includes(r.angle));
      numbers(limits[i]).forEach(([angle, slope, promised], k) => {
        expect(angle).toBe(rows[k]!.angle);
        expect(slope! / (rows[k]!.quotients.at(-1) as number)).toBeCloseTo(1, 6);
        // The tip of the cone has no gradient: the engine says so.
        if (Number.isNaN(rows[k]!.promised)) expect(promised).toBeNaN();
        else expect(promised).toBeCloseTo(rows[k]!.promised, 9);
      });
    });
  });
});

describe('chain rule', () => {
  const sourceOf = (text: string): Source => {
    const read = readSource(text);
    if (!read.ok) throw new Error(read.message);
    return read.source;
  };

  const chain = { g: 'sin(e^(x^2))', u: 0.5, h: 0.2 };
  const source = sourceOf('(w*x + b - 1)^2');
  const point = initialPoint(source.variables);
  const neuron = { w1: 0.5, w2: -0.3, b: 0.1, x1: 2, x2: 3, y: 1 };
  const run = programs(
    chainCode(chain),
    graphCode(source, point),
    neuronCode(neuron),
    manualCode(source, point, CLAIMS[1]!.by),
  );
  const runFailures = programs(inPlaceCode(0.5), heldFixedCode(), ...ACTIVATIONS.map((a) => depthCode(a, 0.8)));

  test('chain, graph, neuron, claims', { timeout: PATIENCE }, async () => {
    const [moves, graph, gradient, claims] = await linesOf(run);
    const end = chainOf(sourceOf(chain.g), chain.u, chain.h)!.at(-1)!;
    expect(numbers(moves).flat()).toEqual(near([(end.moved - end.value) / chain.h, end.soFar]));
    expect(graph?.join('\n').trim()).toBe(graphPrints(source, point));
    expect(numbers(gradient)).toEqual(neuronAt(neuron).rows.map((r) => near([r.byHand, r.automatic])));
    const rows = checkManual(source, {}, CLAIMS[1]!.by);
    expect(claims?.map((line) => line.trim().split(/\s+/).slice(1).map(Number))).toEqual(
      rows.map((r) => near([r.byHand as number, r.automatic])),
    );
  });

  test('the three failures', { timeout: PATIENCE }, async () => {
    const [inPlace, held, ...towers] = await linesOf(runFailures);
    const { w1, spoiled } = updateInPlace(0.5);
    expect(numbers(inPlace)[0]).toEqual(near([w1, spoiled]));
    expect(numbers(held).flat()).toEqual(near([heldFixed().product, heldFixed().truth]));
    ACTIVATIONS.forEach((a, i) => {
      const slope = throughDepth(a, 0.8, 30).at(-1)!.slope;
      expect(numbers(towers[i])[0]![0]! / slope).toBeCloseTo(1, 9);
    });
  });
});
