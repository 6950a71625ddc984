// Remember the first sign of a long sequence of noise: a simple recurrent network against an LSTM.
// Usage: npm run example long-memory [length] [epochs]
import { greater, mean, random, reshape, slice, type Tensor } from 'downhill';
import { installCompiler } from 'downhill/compile';
import { bceWithLogits, type Layer, linear, lstm, rnn, sequential, train } from 'downhill/nn';
import { adam, chain, clipByGlobalNorm } from 'downhill/optimize';

installCompiler();
const length = Number(process.argv[3] ?? 60);
const epochs = Number(process.argv[4] ?? 15);
const count = 512;

/** Noise; the target is whether its first number is positive. */
function examples(seed: number) {
  const inputs = random.normal(random.key(seed), [count, length, 1], { dtype: 'float32' });
  const first = reshape(slice(inputs, [0, 0, 0], [count, 1, 1]), [count, 1]);
  return { inputs, targets: greater(first, 0).mul(1) };
}

const right = (scores: Tensor, targets: Tensor): Tensor => mean(greater(scores, 0).equal(greater(targets, 0.5)));

const memories: Readonly<Record<string, Layer>> = {
  rnn: rnn(1, 24, { output: 'last' }),
  lstm: lstm(1, 24, { output: 'last', forgetBias: 3 }),
};

for (const [name, memory] of Object.entries(memories)) {
  const started = Date.now();
  const result = await train({
    model: sequential([memory, linear(24, 1)]),
    loss: (scores, targets) => bceWithLogits(scores, targets),
    data: examples(1),
    validation: examples(2),
    optimizer: chain(clipByGlobalNorm(1), adam(5e-3)),
    epochs,
    batchSize: 32,
    key: 0,
    metrics: { right },
    statisticsEvery: 0,
  });
  const best = Math.max(...result.history.map((epoch) => epoch.metrics.right ?? 0));
  console.log(
    `${name}: right ${best.toFixed(3)} of the time after ${length} steps, ${((Date.now() - started) / 1000).toFixed(1)} s`,
  );
}
