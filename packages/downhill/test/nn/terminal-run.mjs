// A training run in a terminal, for the test that presses Ctrl-C: folder of checkpoints, milliseconds a step takes.
import { writeSync } from 'node:fs';
import { random, treeLeaves } from 'downhill';
import { linear, mse } from 'downhill/nn';
import { trainInTerminal } from 'downhill/nn/node';
import { adam } from 'downhill/optimize';

const [folder, pause] = process.argv.slice(2);
const inputs = random.normal(random.key(1), [40, 3]);
const targets = random.normal(random.key(2), [40, 1]);
const result = await trainInTerminal({
  model: linear(3, 1, { dtype: 'float64' }),
  loss: (p, y) => mse(p, y),
  data: { inputs, targets },
  optimizer: adam(0.01),
  epochs: 20,
  batchSize: 4,
  key: 5,
  folder,
  onEvent: (event) => {
    if (event.type !== 'step') return;
    writeSync(1, `step ${event.step}\n`);
    const until = Date.now() + Number(pause);
    while (Date.now() < until);
  },
});
const numbers = treeLeaves([result.parameters, result.optimizerState]).map((x) => (x.data ? [...x.data] : x));
writeSync(1, `end ${result.verdict.reason} ${JSON.stringify(numbers)} ${JSON.stringify(result.history)}\n`);
