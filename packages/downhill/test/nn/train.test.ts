import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { div, mean, random, sub, sum, type Tensor, tensor, treeLeaves } from '../../src/index.ts';
import * as nn from '../../src/nn/index.ts';
import { adam, sgd } from '../../src/optimize/index.ts';

const inputs = random.normal(random.key(1), [40, 3], { dtype: 'float32' });
const targets = sum(inputs, { axis: 1, keepdims: true });
const data = { inputs, targets };
const model = nn.sequential([
  nn.linear(3, 8),
  nn.batchNorm(8),
  nn.activation('relu'),
  nn.dropout(0.2),
  nn.linear(8, 1),
]);
const mse = (p: Tensor, y: Tensor): Tensor => nn.mse(p, y);
const plain = nn.mlp([3, 8, 1]);

const settings = {
  model,
  loss: mse,
  data,
  optimizer: adam<never>(0.02),
  epochs: 4,
  batchSize: 8,
  key: 3,
  statisticsEvery: 3,
} as unknown as nn.TrainOptions<unknown, unknown, unknown>;

const bits = (result: nn.TrainResult<unknown, unknown, unknown>): string =>
  JSON.stringify([
    treeLeaves([result.parameters, result.state, result.optimizerState]),
    result.history,
    result.warnings,
    result.steps,
  ]);

describe('train', () => {
  it('fits a linear function, tells what happens in order, and is decided by its key', async () => {
    const events: nn.TrainingEvent[] = [];
    const options = { model: plain, loss: mse, data, optimizer: adam(0.02), batchSize: 8, validation: data };
    const metrics = { error: (p: Tensor, y: Tensor) => mean(nn.mae(p, y)) };
    const run = (key: number) =>
      nn.train({ ...options, metrics, key, epochs: 60, onEvent: (e) => events.push(e) } as never);
    const result = (await run(0)) as nn.TrainResult<unknown, unknown, unknown>;
    expect(result.verdict).toEqual({ reason: 'completed', text: 'all epochs were run' });
    expect(result.history[59]?.validationLoss).toBeLessThan(0.01);
    expect(result.history[59]?.metrics.error).toBeLessThan(0.1);
    expect(result.steps).toBe(300);
    expect(events[0]).toEqual({ type: 'start', parameterCount: 41, stepsPerEpoch: 5, epochs: 60 });
    expect(events.filter((e) => e.type === 'step').map((e) => e.step)).toEqual(
      Array.from({ length: 300 }, (_, i) => i + 1),
    );
    expect(events.filter((e) => e.type === 'statistics').map((e) => e.step)).toEqual([1, 51, 101, 151, 201, 251]);
    expect(events.at(-1)).toEqual({ type: 'end', ...result.verdict });
    const statistics = events.find((e) => e.type === 'statistics');
    for (const p of statistics?.type === 'statistics' ? statistics.parameters : []) {
      expect(p.gradientNorm).toBeGreaterThan(0);
      // Adam's first step moves every element by the learning rate.
      expect(p.updateNorm / (0.02 * Math.sqrt(p.count))).toBeCloseTo(1, 1);
      if (p.rank === 2) expect(p.updateRatio).toBeCloseTo(p.updateNorm / p.weightNorm, 6);
    }
    expect(bits((await run(0)) as never)).toBe(bits(result));
    expect(bits((await run(1)) as never)).not.toBe(bits(result));
  });

  it('interrupted at random steps and resumed, ends with the same bits', async () => {
    const whole = bits(await nn.train(settings));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 5 }),
        fc.constantFrom(1, 3, undefined),
        async (stops, every) => {
          const storage = nn.memoryStorage();
          const checkpoints = { storage, ...(every === undefined ? {} : { every }) };
          for (const stop of stops) {
            let steps = 0;
            const signal = { aborted: false };
            const part = await nn.train({
              ...settings,
              checkpoints,
              signal,
              onEvent: (e) => {
                if (e.type === 'step' && ++steps === stop) signal.aborted = true;
              },
            });
            if (part.verdict.reason === 'interrupted') expect(part.verdict.text).toContain(`after step ${part.steps}`);
          }
          expect(bits(await nn.train({ ...settings, checkpoints }))).toBe(whole);
          expect(storage.files.size).toBeLessThanOrEqual(2);
        },
      ),
      { numRuns: 8 },
    );
  });

  it('uses the checkpoint before a damaged one, and says so when none is sound', async () => {
    const storage = nn.memoryStorage();
    const checkpoints = { storage, every: 4 };
    const whole = bits(await nn.train({ ...settings, checkpoints }));
    const [older, newest] = [...storage.files.keys()].sort() as [string, string];
    const bytes = storage.files.get(newest) as Uint8Array;
    bytes[bytes.length - 3] = (bytes[bytes.length - 3] as number) ^ 1;
    const events: nn.TrainingEvent[] = [];
    const again = await nn.train({ ...settings, checkpoints, onEvent: (e) => events.push(e) });
    expect(bits(again)).toBe(whole);
    expect(events[1]).toMatchObject({ type: 'corrupt-checkpoint', name: newest });
    expect(events[2]).toEqual({ type: 'resume', step: 16, epoch: 3 });
    for (const name of [older, newest]) storage.files.set(name, new Uint8Array(5));
    await expect(nn.train({ ...settings, checkpoints })).rejects.toThrow(
      /no checkpoint is sound.*\n.*5 bytes; the length of the header alone takes 8/,
    );
    expect((await nn.train({ ...settings, checkpoints: { ...checkpoints, resume: false } })).steps).toBe(20);
  });

  it('refuses to resume a run that was set up in another way', async () => {
    const storage = nn.memoryStorage();
    await nn.train({ ...settings, checkpoints: { storage } });
    await expect(nn.train({ ...settings, batchSize: 4, checkpoints: { storage } })).rejects.toThrow(
      "belongs to another run: its batchSize is 8, this run's is 4",
    );
    const other = nn.sequential([nn.linear(3, 1)]);
    await expect(nn.train({ ...settings, model: other as never, checkpoints: { storage } })).rejects.toThrow(
      'checkpoint: it belongs to another model',
    );
  });

  it('goes on when more epochs are asked for, as if they had been from the start', async () => {
    const storage = nn.memoryStorage();
    await nn.train({ ...settings, epochs: 2, checkpoints: { storage } });
    expect(bits(await nn.train({ ...settings, checkpoints: { storage } }))).toBe(bits(await nn.train(settings)));
  });

  it('stops early, with the parameters of the best epoch', async () => {
    let epoch = 0;
    const scores = [5, 3, 4, 3, 3.5, 1];
    const seen: unknown[] = [];
    const result = await nn.train({
      ...settings,
      epochs: 6,
      metrics: { score: () => scores[epoch++] as number },
      earlyStopping: { patience: 3, monitor: 'score', mode: 'min' },
      onEvent: (e) => seen.push(e.type),
    });
    expect(result.verdict.reason).toBe('early-stopped');
    expect(result.history.length).toBe(5);
    expect(result.best).toEqual({ epoch: 2, score: 3 });
    const two = await nn.train({ ...settings, epochs: 2 });
    expect(JSON.stringify(treeLeaves(result.parameters))).toBe(JSON.stringify(treeLeaves(two.parameters)));
    await expect(nn.train({ ...settings, earlyStopping: { patience: 1, monitor: 'x' } })).rejects.toThrow(
      `earlyStopping.monitor is the string "x"; 'loss' is needed`,
    );
  });

  it('stops before a step that is not finite and names it, or skips and counts', async () => {
    // The targets of one batch make the loss 0 / 0.
    const marked = tensor(
      targets.data.map((v: number, i: number) => (i === 17 ? 1e30 : v)),
      { shape: [40, 1] },
    );
    const loss = (p: Tensor, y: Tensor): Tensor => nn.mse(p, div(y, sub(1, div(y, 1e30))));
    const broken = { ...settings, loss, data: { inputs, targets: marked }, epochs: 1 };
    const stopped = await nn.train(broken);
    expect(stopped.verdict.reason).toBe('non-finite');
    expect(stopped.verdict.text).toMatch(
      /not finite: at step \d the loss (Infinity|NaN); the parameters are those before it/,
    );
    for (const x of treeLeaves(stopped.parameters))
      for (const v of (x as Tensor).data) expect(v).toSatisfy(Number.isFinite);
    const events: nn.TrainingEvent[] = [];
    const skipped = await nn.train({ ...broken, onNonFinite: 'skip', onEvent: (e) => events.push(e) });
    expect(skipped.verdict.reason).toBe('completed');
    expect(skipped.skipped).toBe(1);
    expect(events.filter((e) => e.type === 'skip')).toHaveLength(1);
    const lost = await nn.train({ ...settings, loss: (p) => mean(div(p, 0)), onNonFinite: 'skip', epochs: 9 });
    expect(lost.verdict.text).toBe('the loss or a gradient was not finite in 20 steps in a row, up to step 20');
  });

  it('warns of a learning rate beyond stability, once', async () => {
    const result = await nn.train({
      model: nn.linear(3, 1, { bias: false }),
      loss: mse,
      data,
      optimizer: sgd(1.1),
      batchSize: 40,
      epochs: 12,
      key: 0,
      statisticsEvery: 1,
    });
    const unstable = result.warnings.filter((w) => w.kind === 'learning-rate-too-high');
    expect(unstable.length).toBe(1);
    expect(unstable[0]?.message).toContain('5 of the last 5 steps looked at made the loss of their own batch larger');
    const calm = await nn.train({
      model: nn.linear(3, 1, { bias: false }),
      loss: mse,
      data,
      optimizer: sgd(0.1),
      batchSize: 40,
      epochs: 12,
      key: 0,
      statisticsEvery: 1,
    });
    expect(calm.warnings).toEqual([]);
  });

  const deep = (f: nn.ActivationName, init: nn.Initializer): nn.Layer =>
    nn.mlp([3, ...new Array<number>(12).fill(16), 1], { activation: f, weightInit: init });
  const watch = async (network: nn.Layer, learningRate = 1e-3): Promise<string[]> => {
    const options = { loss: mse, data, optimizer: sgd(learningRate), epochs: 4, key: 0, statisticsEvery: 1 };
    const result = await nn.train({ ...options, model: network, onNonFinite: 'skip' } as never);
    return (result as nn.TrainResult<unknown, unknown, unknown>).warnings.map((w) => w.kind);
  };

  it('warns of vanishing and exploding gradients, and of saturated and dead units', async () => {
    expect(await watch(deep('sigmoid', nn.xavierNormal()))).toContain('vanishing-gradient');
    expect(await watch(deep('relu', nn.randomNormal(1)), 1e-30)).toContain('exploding-gradient');
    const wild = await watch(deep('tanh', nn.randomNormal(2)), 1e-30);
    expect(wild).toContain('saturated-units');
    expect(wild).toContain('exploding-gradient');
    const dead = nn.sequential([
      nn.linear(3, 4),
      nn.activation((x: Tensor) => sub(x, 100)),
      nn.activation('relu'),
      nn.linear(4, 1),
    ]);
    const options = { ...settings, model: dead as never, optimizer: adam(1e-3) as never };
    const result = await nn.train(options);
    expect(result.warnings.map((w) => [w.kind, w.path])).toEqual([['dead-units', '.2']]);
    expect(result.warnings[0]?.message).toContain('100 % of the units of relu at .2 are 0 on every example');
    expect(await watch(deep('tanh', nn.xavierNormal()))).toEqual([]);
  });

  it.each([
    [{ data: { inputs, targets: tensor([1, 2]) } }, 'train: data has 40 inputs and 2 targets; they must be as many'],
    [
      {
        data: {
          inputs: tensor([
            [1, 2],
            [3, Number.NaN],
          ]),
          targets: tensor([1, 2]),
        },
      },
      'train: data.inputs[1, 1] is NaN; correct such values or leave those rows out',
    ],
    [{ data: { inputs: [[1]], targets: tensor([1]) } }, 'train: data.inputs is a Array; a tensor is needed'],
    [{ epochs: 0 }, 'train: epochs is the number 0; a whole number from 1 is needed'],
    [{ batchSize: 2.5 }, 'train: batchSize is the number 2.5'],
    [{ onNonFinite: 'ignore' }, `train: onNonFinite is the string "ignore"; 'stop' or 'skip' is needed`],
    [{ checkpoints: { storage: nn.memoryStorage(), keep: 0 } }, 'train: checkpoints.keep is the number 0'],
    [{ checkpoints: { storage: nn.memoryStorage(), seconds: -1 } }, 'train: checkpoints.seconds is the number -1'],
    [{ evaluateEvery: 0 }, 'train: evaluateEvery is the number 0'],
    [{ watch: { held: { inputs, targets: tensor([1]) } } }, 'train: watch.held has 40 inputs and 1 targets'],
  ])('refuses what it cannot use (%#)', async (change, message) => {
    await expect(nn.train({ ...settings, ...change } as never)).rejects.toThrow(message);
  });

  it('goes on when the disk fills up, says so, and loses nothing', async () => {
    const memory = nn.memoryStorage();
    let writes = 0;
    const full = new Set([3, 4]);
    const storage: nn.CheckpointStorage = {
      ...memory,
      write: async (name, bytes) => {
        if (full.has(++writes)) throw new nn.CheckpointError('no space left on device');
        await memory.write(name, bytes);
      },
    };
    const whole = await nn.train(settings);
    const events: nn.TrainingEvent[] = [];
    const result = await nn.train({ ...settings, checkpoints: { storage }, onEvent: (e) => events.push(e) });
    expect(events.filter((e) => e.type === 'checkpoint-failed')).toEqual([
      { type: 'checkpoint-failed', step: 10, reason: 'no space left on device' },
      { type: 'checkpoint-failed', step: 15, reason: 'no space left on device' },
    ]);
    expect(bits(result)).toBe(bits(whole));
    expect(result.checkpointFailure).toBe(undefined);
    expect([...memory.files.keys()].sort()).toEqual(['step-000000005.safetensors', 'step-000000020.safetensors']);
    // full from some step to the end: the result is whole, and what was stored before is still there to go on from
    memory.files.clear();
    writes = 0;
    for (let i = 3; i < 20; i++) full.add(i);
    const unsaved = await nn.train({ ...settings, checkpoints: { storage } });
    expect(bits(unsaved)).toBe(bits(whole));
    expect(unsaved.checkpointFailure).toBe('no space left on device');
    expect(unsaved.verdict.text).toContain('the newest checkpoint could not be written: no space left on device');
    expect([...memory.files.keys()].sort()).toEqual(['step-000000000.safetensors', 'step-000000005.safetensors']);
    full.clear();
    expect(bits(await nn.train({ ...settings, checkpoints: { storage } }))).toBe(bits(whole));
  });

  it('does no work for a folder that cannot be written', async () => {
    const events: string[] = [];
    const write = async () => {
      throw new nn.CheckpointError('permission denied');
    };
    const storage = { ...nn.memoryStorage(), write };
    const run = nn.train({ ...settings, checkpoints: { storage }, onEvent: (e) => events.push(e.type) });
    await expect(run).rejects.toThrow('permission denied');
    expect(events).toEqual(['start']);
  });

  it('watches other data without a change to the run, as often as it is asked to', async () => {
    const watch = { all: data };
    const watched = await nn.train({ ...settings, watch });
    const plainly = await nn.train(settings);
    expect(JSON.stringify(treeLeaves(watched.parameters))).toBe(JSON.stringify(treeLeaves(plainly.parameters)));
    expect(watched.history.map((h) => h.epoch)).toEqual([1, 2, 3, 4]);
    const [y] = model.apply(watched.parameters as never, watched.state as never, inputs);
    expect(watched.history[3]?.losses?.all).toBeCloseTo(nn.mse(y, targets).item(), 6);
    const seldom = await nn.train({ ...settings, watch, evaluateEvery: 3 });
    expect(seldom.history.map((h) => h.epoch)).toEqual([3, 4]);
    expect(seldom.history[1]).toEqual(watched.history[3]);
    const mean3 = watched.history.slice(0, 3).reduce((total, h) => total + h.loss, 0) / 3;
    expect(seldom.history[0]?.loss).toBeCloseTo(mean3, 12);
  });

  it('writes checkpoints by the clock when asked, to the same bits', async () => {
    const storage = nn.memoryStorage();
    const names: string[] = [];
    const always = await nn.train({
      ...settings,
      checkpoints: { storage, seconds: 0 },
      onEvent: (e) => e.type === 'checkpoint' && names.push(e.name),
    });
    expect(names.length).toBeGreaterThanOrEqual(20);
    expect(bits(always)).toBe(bits(await nn.train(settings)));
    const rarely: number[] = [];
    await nn.train({
      ...settings,
      checkpoints: { storage: nn.memoryStorage(), seconds: 1e6 },
      onEvent: (e) => e.type === 'checkpoint' && rarely.push(e.step),
    });
    expect(rarely).toEqual([0, 20]);
  });
});
