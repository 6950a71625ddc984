import { describe, expect, it } from 'vitest';
import * as calculus from '../src/calculus/index.ts';
import * as data from '../src/data/index.ts';
import { categorical } from '../src/distributions/index.ts';
import { formula, parse } from '../src/formula/index.ts';
import * as downhill from '../src/index.ts';
import { judgeFormula } from '../src/judge/index.ts';
import * as linalg from '../src/linalg/index.ts';
import { accuracy, rocCurve } from '../src/metrics/index.ts';
import * as nn from '../src/nn/index.ts';
import { odeint, solveIvp } from '../src/ode/index.ts';
import * as optimize from '../src/optimize/index.ts';
import { ArgumentError } from '../src/tensor/errors.ts';

type Tensor = downhill.Tensor;
const { add, grad, jit, mul, random, sum, tensor, vmap } = downhill;

/** What a function is given in plain JavaScript, past the types. */
const wrong = (options: unknown): never => options as never;

const square = (x: number) => mul(x, x);
const key = random.key(0);
const v = tensor([1, 2, 3]);

describe('an option that does not exist is refused by name', () => {
  const core: Record<string, () => unknown> = {
    sum: () => sum(v, wrong({ axes: 0 })),
    mean: () => downhill.mean(v, wrong({ keepDims: true })),
    std: () => downhill.std(v, wrong({ unbiased: true })),
    argmax: () => downhill.argmax(v, wrong({ dim: 0 })),
    cumsum: () => downhill.cumsum(v, wrong({ dim: 0 })),
    logsumexp: () => downhill.logsumexp(v, wrong({ dim: 0 })),
    softmax: () => downhill.softmax(v, wrong({ dim: 0 })),
    norm: () => downhill.norm(v, wrong({ p: 1 })),
    sort: () => downhill.sort(v, wrong({ reverse: true })),
    take: () => downhill.take(v, [0], wrong({ dim: 0 })),
    concatenate: () => downhill.concatenate([v], wrong({ dim: 0 })),
    roll: () => downhill.roll(v, 1, wrong({ dim: 0 })),
    oneHot: () => downhill.oneHot([0], 2, wrong({ type: 'float32' })),
    tensor: () => tensor([1], wrong({ type: 'float32' })),
    eye: () => downhill.eye(2, 2, wrong({ k: 1 })),
    linspace: () => downhill.linspace(0, 1, 3, wrong({ end: false })),
    gelu: () => downhill.gelu(v, wrong({ approx: true })),
    conv: () => downhill.conv(tensor([[[1]]]), tensor([[[1]]]), wrong({ stride: 2 })),
    'random.uniform': () => random.uniform(key, [2], wrong({ min: 0 })),
    'random.normal': () => random.normal(key, [2], wrong({ scale: 2 })),
    'random.choice': () => random.choice(key, 3, [2], wrong({ weights: [1, 1, 1] })),
    grad: () => grad(square, wrong({ argnum: 0 }))(1),
    jacfwd: () => downhill.jacfwd(square, wrong({ argnum: 0 }))(1),
    hessian: () => downhill.hessian(square, wrong({ argnum: 0 })),
    vmap: () => vmap(square, wrong({ axes: 0 })),
    jit: () => jit(square, wrong({ donated: [0] })),
    scan: () => downhill.scan((c: Tensor, x: Tensor) => [add(c, x), null], v, v, wrong({ backwards: true })),
    configure: () => downhill.configure(wrong({ thread: 2 })),
  };

  for (const [who, call] of Object.entries(core)) {
    it(who, () => {
      expect(call).toThrow(ArgumentError);
      expect(call).toThrow(new RegExp(`^${who} has no option \\w+; it knows \\w+`));
    });
  }

  it('names every option there is, and takes those', () => {
    expect(() => sum(v, wrong({ axes: 0 }))).toThrow('sum has no option axes; it knows axis, keepdims');
    expect(sum(v, { axis: 0, keepdims: true }).shape).toEqual([1]);
  });

  it('wants an object where NumPy takes a position', () => {
    expect(() => sum(v, wrong(0))).toThrow('sum takes an object of options, not 0');
    expect(() => jit(square, wrong(null))).toThrow('not null');
  });

  const beyond: Record<string, () => unknown> = {
    momentum: () => optimize.momentum(0.1, wrong({ momentum: 0.9 })),
    nesterov: () => optimize.nesterov(0.1, wrong({ beta: 0.9 })),
    adam: () => optimize.adam(0.1, wrong({ beta3: 0.9 })),
    adamw: () => optimize.adamw(0.1, wrong({ decay: 0.1 })),
    amsgrad: () => optimize.amsgrad(0.1, wrong({ betas: [0.9, 0.99] })),
    adamax: () => optimize.adamax(0.1, wrong({ eps: 1 })),
    nadam: () => optimize.nadam(0.1, wrong({ decay: 1 })),
    radam: () => optimize.radam(0.1, wrong({ eps: 1 })),
    adagrad: () => optimize.adagrad(0.1, wrong({ eps: 1 })),
    rmsprop: () => optimize.rmsprop(0.1, wrong({ alpha: 0.9 })),
    adadelta: () => optimize.adadelta(0.1, wrong({ rho: 0.9 })),
    lion: () => optimize.lion(0.1, wrong({ decay: 0.1 })),
    lamb: () => optimize.lamb(0.1, wrong({ decay: 0.1 })),
    muon: () => optimize.muon(0.1, wrong({ momentum: 0.9 })),
    scaleByAdam: () => optimize.scaleByAdam(wrong({ eps: 1 })),
    exponentialDecay: () => optimize.exponentialDecay(1, 1, 0.9, wrong({ end: 0.1 })),
    polynomialSchedule: () => optimize.polynomialSchedule(1, 0, 1, 5, wrong({ begin: 2 })),
    cosineDecaySchedule: () => optimize.cosineDecaySchedule(1, 5, wrong({ end: 0.1 })),
    oneCycleSchedule: () => optimize.oneCycleSchedule(1, 5, wrong({ start: 0.1 })),
    reduceOnPlateau: () => optimize.reduceOnPlateau(1, wrong({ wait: 2 })),
    descend: () => optimize.descend(square, 1, wrong({ rate: 0.1 })),
    minimize: () => optimize.minimize(square, 1, wrong({ tolerance: 1e-3 })),
    leastSquares: () => optimize.leastSquares((x: number) => [x], 1, wrong({ tolerance: 1e-3 })),
    minimizeConstrained: () => optimize.minimizeConstrained(square, 1, {}, wrong({ rounds: 3 })),
    solveIvp: () => solveIvp((_t, y: number[]) => y, [0, 1], [1], wrong({ steps: 3 })),
    odeint: () => odeint((_t, y: Tensor) => y, tensor(1), [0, 1], wrong({ steps: 3 })),
    findRoot: () => calculus.findRoot((x) => x, wrong({ between: [-1, 1] })),
    integrate: () => calculus.integrate((x) => x, [0, 1], wrong({ points: [0] })),
    enclose: () => calculus.enclose((x: number) => x, [[0, 1]], wrong({ splits: 3 })),
    explain: () => calculus.explain((x: number) => x, [1], wrong({ labels: ['x'] })),
    parse: () => parse('x', wrong({ symbols: ['x'] })),
    formula: () => formula('x', wrong({ symbols: ['x'] })),
    judgeFormula: () => judgeFormula('x', 'x', wrong({ given: [] })),
    categorical: () => categorical([1, 2], wrong({ log: true })),
    cholesky: () => linalg.cholesky([[1]], wrong({ upper: true })),
    eigh: () => linalg.eigvalsh([[1]], wrong({ upper: true })),
    accuracy: () => accuracy([1], [1], wrong({ sampleWeight: [1] })),
    rocCurve: () => rocCurve([0, 1], [0, 1], wrong({ sampleWeight: [1] })),
    trainTestSplit: () => data.trainTestSplit([0, 1, 2], wrong({ size: 0.5 })),
    makeMoons: () => data.makeMoons(4, 0, wrong({ deviation: 0.1 })),
    linear: () => nn.linear(1, 1, wrong({ useBias: false })),
    conv2d: () => nn.conv2d(1, 1, 3, wrong({ stride: 2 })),
    lstm: () => nn.lstm(1, 1, wrong({ layers: 2 })),
    maxPool: () => nn.maxPool(2, wrong({ stride: 2 })),
    mlp: () => nn.mlp([1, 1], wrong({ nonlinearity: 'relu' })),
    transformerBlock: () => nn.transformerBlock(4, 2, wrong({ norm: 'first' })),
    batchNorm: () => nn.batchNorm(1, wrong({ decay: 0.1 })),
    heNormal: () => nn.heNormal(wrong({ gain: 2 })),
    xavierUniform: () => nn.xavierUniform(wrong({ slope: 2 })),
    crossEntropy: () => nn.crossEntropy([[0, 1]], [1], wrong({ weight: [1, 1] })),
    mse: () => nn.mse([1], [1], wrong({ mean: true })),
  };

  for (const [who, call] of Object.entries(beyond)) {
    it(`${who}, beside the core`, () => {
      expect(call).toThrow(ArgumentError);
      expect(call).toThrow(new RegExp(`^${who} has no option \\w+( \\(did you mean \\w+\\?\\))?; it knows \\w+`));
    });
  }

  it('train', async () => {
    await expect(nn.train(wrong({ model: nn.linear(1, 1), rate: 1 }))).rejects.toThrow(/^train has no option rate/);
  });

  it('beside the core with the nearest name there is', () => {
    expect(() => optimize.descend(square, 1, wrong({ learningrate: 0.1 }))).toThrow('(did you mean learningRate?)');
    expect(() => optimize.adam(0.1, wrong({ beta_1: 0.9 }))).toThrow('(did you mean beta1?)');
    expect(() => optimize.momentum(0.1, wrong({ momentum: 0.9 }))).toThrow(
      'momentum has no option momentum; it knows decay',
    );
  });

  it('a rule by name takes what descend is told and nothing else', () => {
    for (const method of optimize.ruleNames) {
      const options = { method, learningRate: 0.01, steps: 1, beta1: 0.8, weightDecay: 0.1, momentum: 0.5 };
      const start = method === 'muon' ? tensor([[1, 2]]) : v;
      expect(optimize.descend((x: Tensor) => sum(mul(x, x)), start, options).steps.length).toBe(1);
    }
    expect(() => optimize.ruleByName('mine', 'adam', 0.1, wrong({ steps: 3 }))).toThrow('mine has no option steps');
  });
});
