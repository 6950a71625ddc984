// Handwritten digits with convolutions. Usage: npm run example digits-cnn [epochs] [key of the split]
import { installCompiler } from 'downhill/compile';
import {
  activation,
  batchNorm,
  conv2d,
  crossEntropy,
  dropout,
  flatten,
  heNormal,
  linear,
  maxPool,
  parameterCount,
  sequential,
  train,
} from 'downhill/nn';
import { adamw } from 'downhill/optimize';
import { accuracy, digits } from './lib/digits.ts';

installCompiler();
const epochs = Number(process.argv[3] ?? 30);
const weights = { weightInit: heNormal() };
const model = sequential([
  conv2d(1, 16, 3, { padding: 'SAME', ...weights }),
  batchNorm(16),
  activation('relu'),
  conv2d(16, 32, 3, { padding: 'SAME', ...weights }),
  batchNorm(32),
  activation('relu'),
  maxPool(2),
  flatten(),
  dropout(0.3),
  linear(512, 10, weights),
]);
const started = Date.now();

const result = await train({
  model,
  loss: (scores, classes) => crossEntropy(scores, classes, { labelSmoothing: 0.05 }),
  ...digits([1, 8, 8], Number(process.argv[4] ?? 0)),
  optimizer: adamw(2e-3, { weightDecay: 0.02 }),
  epochs,
  batchSize: 64,
  key: 1,
  metrics: { accuracy },
  onEvent: (event) => {
    if (event.type === 'epoch' && event.epoch % 5 === 0) {
      console.log(
        `epoch ${event.epoch}: loss ${event.loss.toFixed(4)}, accuracy ${event.metrics.accuracy?.toFixed(4)}`,
      );
    }
  },
});

console.log(`${parameterCount(result.parameters)} parameters`);
console.log(`test accuracy: ${result.history.at(-1)?.metrics.accuracy?.toFixed(4)}`);
console.log(`${((Date.now() - started) / 1000).toFixed(1)} s for ${result.steps} steps`);
