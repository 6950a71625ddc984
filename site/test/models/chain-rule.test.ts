import { grad } from 'downhill';
import { evaluate, parse } from 'downhill/formula';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  CHAINS,
  chainFields,
  chainOf,
  describeChain,
  describeSweep,
  graphFields,
  graphOf,
  initialPoint,
  isChain,
  MAX_NODES,
  readSource,
  type Source,
  SPECIMENS,
  sumOverPaths,
  surprise,
  sweepAt,
  written,
} from '../../models/chain-rule.ts';
import { type CheckRow, CLAIMS, checkFields, checkManual } from '../../models/chain-rule-check.ts';
import { heldFixed, throughDepth, updateInPlace } from '../../models/chain-rule-limits.ts';
import {
  describeNeuron,
  EXTREMES,
  holds,
  LINES,
  type Neuron,
  neuronAt,
  neuronFields,
  surpriseNeuron,
} from '../../models/chain-rule-neuron.ts';
import { layOut } from '../../models/graph-layout.ts';
import { readState, writeState } from '../../models/link.ts';
import { describePaths, movedPaths, nudged, PATHS, pathsAt, promised } from '../../models/neuron-paths.ts';

const sourceOf = (text: string): Source => {
  const read = readSource(text);
  if (!read.ok) throw new Error(read.message);
  return read.source;
};
const MORE = [
  'x*x',
  'x^2 + x*sin(x)*e^x',
  'sqrt(x)*tanh(x) - x/y',
  'max(x, y)*y',
  '2^x - 3x',
  'v1*x + v1',
  'x1*x2 + x1*x - x12*x1',
];
const all = [...SPECIMENS, ...CHAINS, ...MORE];
const value = fc.double({ min: 0.2, max: 2, noNaN: true });

describe('the graph of a formula', () => {
  test('each operation, read with the names of its operands, has the value of its node', () => {
    for (const text of all) {
      const source = sourceOf(text);
      const graph = graphOf(source, initialPoint(source.variables));
      const values = Object.fromEntries(graph.nodes.map((n) => [n.name, n.value]));
      expect(new Set(graph.nodes.map((n) => n.name)).size).toBe(graph.nodes.length);
      for (const n of graph.nodes) {
        if (n.isInput) continue;
        const names = graph.edges.filter((e) => e.to === n.id).map((e) => graph.nodes[e.from]!.name);
        const read = evaluate(parse(n.operation, { variables: [...new Set(names)] }), values);
        expect(read, `${text}: ${n.name} = ${n.operation}`).toBeCloseTo(n.value, 12);
      }
    }
  });

  test('adjoints of the inputs are the gradient; so are sums over all ways, and the sweep', () => {
    fc.assert(
      fc.property(fc.constantFrom(...all), fc.array(value, { minLength: 6, maxLength: 6 }), (text, numbers) => {
        const source = sourceOf(text);
        const point = Object.fromEntries(source.variables.map((name, i) => [name, numbers[i] as number]));
        fc.pre(
          source.variables.every((name) => name !== 'y') || !text.includes('log(1 -') || numbers.every((v) => v < 1),
        );
        const graph = graphOf(source, point);
        const argnums = source.variables.map((_, i) => i);
        const slopes = grad(source.formula.f as (...args: number[]) => number, { argnums })(
          ...source.variables.map((name) => point[name] as number),
        ) as unknown as number[];
        const end = sweepAt(graph, 1e3);
        source.variables.forEach((_, i) => {
          expect(graph.nodes[i]!.adjoint).toBeCloseTo(Number(slopes[i]), 10);
          expect(sumOverPaths(graph, i)).toBeCloseTo(graph.nodes[i]!.adjoint, 10);
          expect(end.gathered.get(i)).toBeCloseTo(graph.nodes[i]!.adjoint, 10);
        });
        expect(end.complete.size).toBe(graph.nodes.length);
      }),
      { numRuns: 40 },
    );
  });

  test('the sweep backwards is reverse topological, and uses each edge once', () => {
    for (const text of all) {
      const source = sourceOf(text);
      const graph = graphOf(source, initialPoint(source.variables));
      expect(new Set(graph.edges.map((e) => e.key)).size).toBe(graph.edges.length);
      const { forward, total } = sweepAt(graph, 0);
      for (let step = forward + 2; step <= total; step++) {
        // The adjoint at the upper end of an edge is complete before the edge is used.
        expect(sweepAt(graph, step - 1).complete.has(sweepAt(graph, step).edge!.to)).toBe(true);
      }
      for (const { from, to } of graph.edges) expect(from).toBeLessThan(to);
    }
  });

  test('values become known one operation at a time, with a sentence for each step', () => {
    const graph = graphOf(sourceOf('(2x + 1)^2'), { x: 3 });
    expect(graph.nodes.map((n) => [n.name, n.operation, n.value, n.adjoint])).toEqual([
      ['x', 'x', 3, 28],
      ['v1', '2*x', 6, 14],
      ['v2', 'v1 + 1', 7, 14],
      ['v3', 'v2^2', 49, 1],
    ]);
    expect(sweepAt(graph, 0).known.size).toBe(1);
    expect(sweepAt(graph, 2).known.size).toBe(3);
    expect(describeSweep(graph, sweepAt(graph, 2))).toBe('Forwards: v2 = v1 + 1 = 7.');
    expect(describeSweep(graph, sweepAt(graph, 4))).toContain('its adjoint is 1');
    expect(describeSweep(graph, sweepAt(graph, 5))).toBe(
      'Backwards from v3 to v2: adjoint 1 times partial 14 gives 14.',
    );
    expect(describeSweep(graph, sweepAt(graph, 7))).toBe(
      'Backwards from v1 to x: adjoint 14 times partial 2 gives 28. All slopes are there.',
    );
    const shared = graphOf(sourceOf('x*y + sin(x)'), { x: 1, y: 2 });
    expect(shared.paths[0]).toBe(2);
    expect(describeSweep(shared, sweepAt(shared, 8))).toContain('is added');
  });

  test('names are written with small numbers below the line', () => {
    expect(written('-v12*x1 + sin2')).toBe('−v₁₂·x₁ + sin2');
  });

  test('the threefold composition has the factors of the reference', () => {
    const links = chainOf(sourceOf('sin(e^(x^2))'), 0.5, 0.2)!;
    expect(links.at(-1)!.value).toBeCloseTo(0.9591622435375395, 13);
    expect(links.at(-1)!.soFar).toBeCloseTo(0.3631949148017262, 13);
    [1, 1.2840254166877414, 0.2828564840551366].forEach((f, i) => expect(links[i + 1]!.local).toBeCloseTo(f, 13));
    expect(describeChain(links, 0.2)).toContain('multiply to 0.3632');
    // A chain's own slope is the limit of the ratio of the moves.
    const tiny = chainOf(sourceOf('sin(e^(x^2))'), 0.5, 1e-6)!.at(-1)!;
    expect((tiny.moved - tiny.value) / 1e-6).toBeCloseTo(tiny.soFar, 5);
  });

  test('what branches is no chain', () => {
    expect(CHAINS.every(isChain)).toBe(true);
    expect(isChain('x + sin(x)')).toBe(false);
    expect(isChain('x*x')).toBe(false);
    expect(isChain('x*y')).toBe(false);
  });

  test('what cannot be drawn says why', () => {
    expect(readSource('')).toMatchObject({ ok: false });
    expect(readSource('3 + 4')).toMatchObject({ ok: false });
    expect(readSource('x')).toMatchObject({ ok: false });
    expect(readSource('a + b + c + d + f + g + h')).toMatchObject({ ok: false });
    expect(readSource('x + * 2')).toMatchObject({ ok: false, position: 5 });
    expect(
      readSource(
        Array.from({ length: MAX_NODES }, () => 'sin(x)')
          .join('+')
          .slice(0, 195),
      ),
    ).toMatchObject({
      ok: true,
    });
    expect(readSource('x+'.repeat(50_000))).toMatchObject({ ok: false });
    expect(readSource(`${'sin('.repeat(45)}x${')'.repeat(45)}`)).toMatchObject({ ok: false });
  });

  test('links hold the state, and a forged one is put aside', () => {
    const state = { f: 'x*y + sin(x)', at: { x: -1.5, y: 2 }, step: 3 };
    expect(readState(graphFields, writeState(graphFields, state)).state).toEqual(state);
    expect(readState(graphFields, 'f=alert(1)&at=__proto__:1&step=x').ignored).toEqual(['f', 'at', 'step']);
    expect(readState(graphFields, 'at=x:1e99').state.at).toEqual({ x: 10 });
    expect(readState(graphFields, 'at=x:abc').ignored).toEqual(['at']);
    expect(readState(chainFields, 'g=x*x').ignored).toEqual(['g']);
    for (let seed = 1; seed <= 10; seed++) {
      const s = surprise(seed);
      expect(Number.isFinite(graphOf(sourceOf(s.f), s.at).value)).toBe(true);
    }
  });
});

describe('the layout', () => {
  const options = { node: { width: 100, height: 56 }, label: { width: 50, height: 18 } };
  test.each(['LR', 'BT'] as const)('%s: operands come before what uses them, and no two nodes overlap', (direction) => {
    for (const text of all) {
      const source = sourceOf(text);
      const graph = graphOf(source, initialPoint(source.variables));
      const placed = layOut(graph, { direction, ...options });
      const at = (id: number) => placed.nodes.find((n) => n.id === id)!;
      for (const { from, to } of graph.edges) {
        if (direction === 'LR') expect(at(from).x).toBeLessThan(at(to).x);
        else expect(at(from).y).toBeGreaterThan(at(to).y);
      }
      for (const a of placed.nodes) {
        expect(a.x - 50).toBeGreaterThanOrEqual(0);
        expect(a.x + 50).toBeLessThanOrEqual(placed.width);
        for (const b of placed.nodes) {
          if (a.id < b.id) expect(Math.abs(a.x - b.x) >= 100 || Math.abs(a.y - b.y) >= 56).toBe(true);
        }
      }
      expect(placed.routes.map((r) => r.key)).toEqual(graph.edges.map((e) => e.key));
    }
  });
});

describe('the sigmoid neuron', () => {
  const reference: Neuron = { w1: 0.5, w2: -0.3, b: 0.1, x1: 2, x2: 3, y: 1 };

  test('values, factors and gradients of the reference', () => {
    const n = neuronAt(reference);
    expect(n.z).toBeCloseTo(0.2, 14);
    expect(n.p).toBeCloseTo(0.549833997312478, 14);
    expect(n.loss).toBeCloseTo(0.5981388693815919, 14);
    expect(n.factors.loss).toBeCloseTo(-1.818730753077982, 13);
    expect(n.factors.sigmoid).toBeCloseTo(0.24751657271185995, 14);
    expect(n.factors.sum).toBe(2);
    const right = [-0.9003320053750442, -1.3504980080625664, -0.4501660026875221];
    n.rows.forEach((row, i) => {
      expect(row.byHand).toBeCloseTo(right[i]!, 14);
      expect(row.automatic).toBeCloseTo(right[i]!, 14);
      expect(Math.abs(row.measured - right[i]!)).toBeLessThan(1e-9);
    });
  });

  test('by hand and automatically are the same number to rounding, wherever the neuron stands', () => {
    for (let seed = 1; seed <= 30; seed++) {
      const { rows, factors } = neuronAt(surpriseNeuron(seed));
      for (const row of rows) {
        expect(Math.abs(row.byHand - row.automatic)).toBeLessThanOrEqual(4e-15 * Math.max(1, Math.abs(row.automatic)));
        expect(row.measured).toBeCloseTo(row.automatic, 7);
      }
      expect(factors.loss * factors.sigmoid * factors.sum).toBeCloseTo(rows[0]!.byHand, 10);
    }
  });

  test('each line of the derivation is the same function as what the engine finds; a wrong line is not', () => {
    for (const line of LINES) expect(holds(line), line.label).toBe(true);
    expect(holds({ ...LINES[0]!, claim: '(y - p)/(p*(1 - p))' })).toBe(false);
    expect(holds({ ...LINES[3]!, claim: '(p - y)*p*x1' })).toBe(false);
  });

  test('the stable form of the loss is finite where the others break', () => {
    const [usual, wrong, sure, lost] = EXTREMES;
    expect(usual!.plain).toBeCloseTo(usual!.stable, 14);
    expect(wrong).toMatchObject({ plain: Number.POSITIVE_INFINITY, stable: 37 });
    expect(wrong!.capped).toBeCloseTo(34.538776394910684, 12);
    expect(sure!.plain).toBeNaN();
    expect(sure!.stable).toBeCloseTo(Math.exp(-40), 30);
    expect(lost).toMatchObject({ plain: Number.POSITIVE_INFINITY, stable: 800 });
  });

  test('links are checked, and a sentence says how the neuron does', () => {
    expect(readState(neuronFields, 'w1=99&y=7&b=no')).toMatchObject({ state: { w1: 5, y: 1, b: 0.1 }, ignored: ['b'] });
    expect(describeNeuron(neuronAt(reference), reference)).toContain('0.55, too low');
  });
});

describe('a gradient by hand, checked', () => {
  const source = sourceOf('(w*x + b - 1)^2');
  const at = { w: 0.5, x: 2, b: 0.1 };
  test('the right one is right, the others are told what they did', () => {
    const [right, inner, sign, power] = CLAIMS.map(({ by }) => checkManual(source, at, by));
    expect(right!.every((r) => r.isRight && r.message === '')).toBe(true);
    expect(right!.map((r) => r.automatic)).toEqual(right!.map((r) => expect.closeTo(r.byHand!, 12)));
    const w = (rows: readonly CheckRow[]): CheckRow => rows.find((r) => r.name === 'w')!;
    expect(w(inner!).isRight).toBe(false);
    expect(w(inner!).message).toMatch(/factor|inner/);
    expect(w(sign!).message).toMatch(/sign/);
    expect(w(power!).message).toMatch(/power|exponent/);
    // b stands alone in the inner function: forgetting its factor 1 changes nothing.
    expect(inner!.find((r) => r.name === 'b')!.isRight).toBe(true);
  });

  test('differences agree with the engine', () => {
    for (const row of checkManual(source, at, {})) {
      expect(row.measured).toBeCloseTo(row.automatic, 6);
      expect(row.byHand).toBeUndefined();
    }
  });

  test('claims that cannot be read, or have no value', () => {
    const rows = checkManual(source, at, { w: '2*(w*', x: 'log(-1 - x^2)', b: 'q' });
    expect(rows.find((r) => r.name === 'w')!.message).toContain('position');
    expect(rows.find((r) => r.name === 'x')!.message).toContain('no value');
    expect(rows.find((r) => r.name === 'b')!.isRight).toBe(false);
    expect(readState(checkFields, 'by={"w":1}').ignored).toEqual(['by']);
    expect(readState(checkFields, 'by=[').ignored).toEqual(['by']);
    expect(readState(checkFields, `by=${encodeURIComponent('{"w":"x"}')}`).state.by).toEqual({ w: 'x' });
  });
});

describe('the chain broken', () => {
  test('changing the last weight before the first gradient is taken spoils that gradient', () => {
    expect(updateInPlace()).toMatchObject({ w1: 1.5, w2: -0.75, moved: -0.625 });
    expect(updateInPlace().spoiled).toBeCloseTo(0.9375, 14);
    expect(updateInPlace(0).spoiled).toBe(1.5);
  });

  test('slopes that hold different things fixed multiply to the wrong sign', () => {
    const h = heldFixed();
    expect(h.p).toBe(150);
    expect(h.pressureByHeat).toBe(0.5);
    expect(h.product).toBeCloseTo(-1 / 150, 14);
    expect(h.truth).toBeCloseTo(1 / 150, 14);
  });

  test('a product of many slopes vanishes or explodes', () => {
    const sigmoid = throughDepth('sigmoid', 1, 20);
    for (const [i, { slope }] of sigmoid.entries()) expect(Math.abs(slope)).toBeLessThanOrEqual(0.25 ** (i + 1));
    expect(throughDepth('linear', 1.5, 50).at(-1)!.slope).toBeCloseTo(1.5 ** 50, -3);
    expect(throughDepth('relu', 1, 50).at(-1)!.slope).toBe(1);
    expect(throughDepth('tanh', 0.5, 10).at(-1)!.slope).toBeLessThan(0.5 ** 10);
  });
});

describe('three paths into the sum of a neuron', () => {
  const held: Neuron = { w1: 0.5, w2: -0.3, b: 0.1, x1: 2, x2: 3, y: 1 };
  const tenth = fc.integer({ min: -30, max: 30 }).map((k) => k / 10);
  const away = fc.integer({ min: 1, max: 20 }).map((k) => k / 10);
  // An input of 0 is a path on which nothing can be moved.
  const neurons = fc.record({ w1: tenth, w2: tenth, b: tenth, x1: away, x2: away, y: fc.constantFrom(0, 1) });

  test('moving one parameter changes its own path alone, and the sum by its partial derivative', () => {
    fc.assert(
      fc.property(neurons, fc.constantFrom(...PATHS), away, (neuron, name, by) => {
        const before = pathsAt(neuron);
        const after = pathsAt({ ...neuron, [name]: neuron[name] + by });
        expect(movedPaths(before, after)).toEqual([name]);
        before.paths.forEach((path, i) => {
          if (path.name !== name) expect(after.paths[i]).toMatchObject({ value: path.value, part: path.part });
          expect(after.paths[i]?.partial).toBe(path.partial);
        });
        const { partial } = before.paths.find((path) => path.name === name)!;
        expect(partial).toBe({ w1: neuron.x1, w2: neuron.x2, b: 1 }[name]);
        expect(after.z - before.z).toBeCloseTo(partial * by, 10);
        expect(before.paths.reduce((total, { part }) => total + part, 0)).toBeCloseTo(before.z, 10);
      }),
      { numRuns: 25 },
    );
  });

  test('the slopes promise what a small move brings, and less and less of a larger one', () => {
    const before = pathsAt(held);
    expect(before.paths.map(({ slope }) => slope)).toEqual(
      [-0.9003320053750442, -1.3504980080625664, -0.4501660026875221].map((g) => expect.closeTo(g, 14)),
    );
    const gap = (by: number): number => {
      const after = pathsAt({ ...held, w1: held.w1 + by });
      return after.loss - before.loss - promised(before, after);
    };
    // What is left over is half the curvature x₁² p(1 − p) times the square of the move.
    expect(gap(1e-3) / 1e-6).toBeCloseTo((4 * 0.24751657271185995) / 2, 3);
    expect(gap(1)).toBeGreaterThan(0.4);
  });

  test('one is moved at a time, inside its range, and told', () => {
    const before = pathsAt(held);
    for (const name of PATHS) expect(movedPaths(before, pathsAt(nudged(held, name)))).toEqual([name]);
    expect(nudged({ ...held, b: 5 }, 'b').b).toBe(4.5);
    expect(describePaths(before, before)).toContain('Nothing has moved');
    const both = pathsAt({ ...held, w1: 1, b: 0.6 });
    expect(describePaths(before, both)).toMatch(
      /^Moved: the first weight and the bias\. The sum went from 0\.2 to 1\.7/,
    );
  });
});
