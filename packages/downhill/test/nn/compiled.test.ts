import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installCompiler } from '../../src/compile/index.ts';
import { div, random, sub, sum, type Tensor, tensor, treeLeaves } from '../../src/index.ts';
import * as nn from '../../src/nn/index.ts';
import {
  adam,
  chain,
  clipByGlobalNorm,
  emaOfWeights,
  lookahead,
  multiSteps,
  type UpdateRule,
} from '../../src/optimize/index.ts';
import { setCompiler } from '../../src/trace/apply.ts';

const inputs = random.normal(random.key(1), [40, 3], { dtype: 'float32' });
const targets = sum(inputs, { axis: 1, keepdims: true });
// A bias in front of a normalization has no slope but rounding, which Adam makes steps of.
const model = nn.sequential([
  nn.linear(3, 24, { bias: false }),
  nn.batchNorm(24),
  nn.activation('relu'),
  nn.dropout(0.2),
  nn.linear(24, 1),
]);
type Settings = nn.TrainOptions<unknown, unknown, unknown>;
const settings = {
  model,
  loss: (p: Tensor, y: Tensor) => nn.mse(p, y),
  data: { inputs, targets },
  optimizer: adam<never>(0.02),
  epochs: 6,
  batchSize: 8,
  key: 3,
  statisticsEvery: 7,
  earlyStopping: { patience: 100 },
} as unknown as Settings;

type Result = nn.TrainResult<unknown, unknown, unknown>;
const bits = (result: Result): string =>
  JSON.stringify([treeLeaves([result.parameters, result.state, result.optimizerState]), result.history, result.steps]);
const worst = (a: Result, b: Result): number => {
  const [x, y] = [treeLeaves(a.parameters) as Tensor[], treeLeaves(b.parameters) as Tensor[]];
  const one = (t: Tensor, i: number) =>
    Math.max(...Array.from(t.data, (v: number, j: number) => Math.abs(v - ((y[i] as Tensor).data[j] as number))));
  return Math.max(...x.map(one));
};

describe('train with the compiler', () => {
  let reference: Result;
  beforeAll(async () => {
    reference = await nn.train(settings);
    installCompiler();
  });
  afterAll(() => setCompiler(undefined));

  it('reaches the parameters of the reference evaluator to rounding, and the same bits each time', async () => {
    const result = await nn.train(settings);
    expect(worst(result, reference)).toBeLessThan(1e-4);
    expect(bits(await nn.train(settings))).toBe(bits(result));
  });

  it('ends with the same bits when it is interrupted and resumed, although its state was given up to the steps', async () => {
    const whole = bits(await nn.train(settings));
    for (const stop of [1, 6, 8, 13]) {
      const storage = nn.memoryStorage();
      const signal = { aborted: false };
      let steps = 0;
      const onEvent = (e: nn.TrainingEvent) => {
        if (e.type === 'step' && ++steps === stop) signal.aborted = true;
      };
      const part = await nn.train({ ...settings, checkpoints: { storage, every: 4 }, signal, onEvent });
      expect(part.steps).toBe(stop);
      // what came back is the caller's own
      const before = bits(part);
      expect(bits(await nn.train({ ...settings, checkpoints: { storage, every: 4 } }))).toBe(whole);
      expect(bits(part)).toBe(before);
    }
  });

  it('leaves the tensors it was given alone', async () => {
    const initial = model.init(random.key(9));
    const before = JSON.stringify(treeLeaves(initial.parameters));
    const first = await nn.train({ ...settings, initial: initial as never });
    expect(JSON.stringify(treeLeaves(initial.parameters))).toBe(before);
    expect(bits(await nn.train({ ...settings, initial: initial as never }))).toBe(bits(first));
    const longer = await nn.train({ ...settings, initial: first });
    expect(JSON.stringify(treeLeaves(first.parameters))).not.toBe(JSON.stringify(treeLeaves(longer.parameters)));
  });

  it('takes no step from a loss that is not finite', async () => {
    const marked = tensor(
      targets.data.map((v: number, i: number) => (i === 17 ? 1e30 : v)),
      { shape: [40, 1] },
    );
    const loss = (p: Tensor, y: Tensor): Tensor => nn.mse(p, div(y, sub(1, div(y, 1e30))));
    // without statistics, so that every step is one that gives its state up
    const broken = { ...settings, loss, data: { inputs, targets: marked }, epochs: 3, statisticsEvery: 0 };
    const skips: number[] = [];
    const skipped = await nn.train({
      ...broken,
      onNonFinite: 'skip',
      onEvent: (e) => e.type === 'skip' && skips.push(e.step),
    });
    expect(skipped.skipped).toBe(3);
    for (const x of treeLeaves(skipped.parameters) as Tensor[])
      for (const v of x.data) expect(v).toSatisfy(Number.isFinite);
    const stopped = await nn.train(broken);
    expect(stopped.verdict.text).toContain(`at step ${skips[0]} the loss`);
    const until = await nn.train({
      ...broken,
      signal: { aborted: false },
      onNonFinite: 'skip',
      epochs: 1,
    });
    // Adam's count of steps is that of the steps taken
    const { count } = until.optimizerState as { count: number };
    expect(Number(count)).toBe(4);
  });

  it.each([
    ['lookahead', lookahead(adam(0.02), { every: 3 })],
    ['emaOfWeights', emaOfWeights(adam(0.02), 0.9)],
    ['multiSteps', multiSteps(adam(0.02), 2)],
    ['a chain', chain(clipByGlobalNorm(1), adam(0.02))],
  ])('keeps the states of composed rules apart: %s', async (_name, rule) => {
    const optimizer = rule as unknown as UpdateRule<unknown, unknown>;
    setCompiler(undefined);
    const expected = await nn.train({ ...settings, optimizer, epochs: 3, earlyStopping: undefined as never });
    installCompiler();
    const result = await nn.train({ ...settings, optimizer, epochs: 3, earlyStopping: undefined as never });
    expect(worst(result, expected)).toBeLessThan(1e-4);
  });
});
