// A small training run in a process of its own, for the test that kills it: folder of checkpoints, steps as lines.
import { writeSync } from 'node:fs';
import { random } from 'downhill';
import { activation, batchNorm, dropout, encodeSnapshot, linear, mse, sequential, train } from 'downhill/nn';
import { fileStorage } from 'downhill/nn/node';
import { adam } from 'downhill/optimize';

const [folder, epochs] = process.argv.slice(2);
const inputs = random.normal(random.key(1), [48, 3], { dtype: 'float32' });
const targets = random.normal(random.key(2), [48, 1], { dtype: 'float32' });
const model = sequential([linear(3, 6), batchNorm(6), activation('tanh'), dropout(0.1), linear(6, 1)]);
const result = await train({
  model,
  loss: (p, y) => mse(p, y),
  data: { inputs, targets },
  optimizer: adam(0.01),
  epochs: Number(epochs),
  batchSize: 4,
  key: 5,
  checkpoints: { storage: fileStorage(folder), every: 3 },
  earlyStopping: { patience: 10_000 },
  onEvent: (event) => {
    if (event.type === 'step') writeSync(1, `step ${event.step}\n`);
    if (event.type === 'corrupt-checkpoint') writeSync(1, `corrupt ${event.reason}\n`);
  },
});
const { parameters, state, optimizerState, history } = result;
writeSync(
  1,
  `end ${Buffer.from(encodeSnapshot({ tree: { parameters, state, optimizerState }, facts: history })).toString('hex')}\n`,
);
