// Handwritten digits with two hidden layers. Usage: npm run example digits-mlp [epochs] [key of the split]
import { installCompiler } from 'downhill/compile';
import { crossEntropy, heNormal, mlp, parameterTable, train } from 'downhill/nn';
import { adamw } from 'downhill/optimize';
import { accuracy, digits } from './lib/digits.ts';

installCompiler();
const epochs = Number(process.argv[3] ?? 40);
const model = mlp([64, 128, 64, 10], { weightInit: heNormal() });
const started = Date.now();

const result = await train({
  model,
  loss: (scores, classes) => crossEntropy(scores, classes, { labelSmoothing: 0.05 }),
  ...digits([64], Number(process.argv[4] ?? 0)),
  optimizer: adamw(2e-3, { weightDecay: 0.02 }),
  epochs,
  batchSize: 64,
  key: 1,
  metrics: { accuracy },
  onEvent: (event) => {
    if (event.type === 'epoch' && event.epoch % 10 === 0) {
      console.log(
        `epoch ${event.epoch}: loss ${event.loss.toFixed(4)}, accuracy ${event.metrics.accuracy?.toFixed(4)}`,
      );
    }
    if (event.type === 'warning') console.log(event.message);
  },
});

console.log(parameterTable(result.parameters));
console.log(`test accuracy: ${result.history.at(-1)?.metrics.accuracy?.toFixed(4)}`);
console.log(`${((Date.now() - started) / 1000).toFixed(1)} s for ${result.steps} steps`);
