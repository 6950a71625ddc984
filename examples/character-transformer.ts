// A small transformer learns to continue Shakespeare letter by letter, against the table of which letter follows which.
// Usage: npm run example character-transformer [epochs] [characters of the text]
import { readFileSync } from 'node:fs';
import { jit, random, type Tensor, tensor } from 'downhill';
import { installCompiler } from 'downhill/compile';
import {
  crossEntropy,
  embedding,
  type Layer,
  layerNorm,
  linear,
  parameterCount,
  positionalEmbedding,
  randomNormal,
  sequential,
  train,
  transformerBlock,
} from 'downhill/nn';
import { adamw, chain, clipByGlobalNorm } from 'downhill/optimize';

installCompiler();
const epochs = Number(process.argv[3] ?? 4);
const text = readFileSync(new URL('data/shakespeare.txt', import.meta.url), 'utf8').slice(
  0,
  Number(process.argv[4] ?? 1e6),
);
const letters = [...new Set(text)].sort();
const codes = Int32Array.from(text, (letter) => letters.indexOf(letter));
const learned = Math.floor(0.9 * codes.length);
const [time, features] = [48, 64];

/** Windows of the text, each with the same window one letter on. */
function windows(part: Int32Array, step: number) {
  const starts = Array.from({ length: Math.floor((part.length - time - 1) / step) }, (_, i) => i * step);
  const cut = (shift: number): Tensor =>
    tensor(Int32Array.from(starts.flatMap((s) => [...part.subarray(s + shift, s + shift + time)])), {
      shape: [starts.length, time],
    });
  return { inputs: cut(0), targets: cut(1) };
}

/** Mean −log of the probability of the next letter, from counts of pairs with one added to each. */
function bigramLoss(): number {
  const n = letters.length;
  const pairs = new Float64Array(n * n).fill(1);
  const firsts = new Float64Array(n).fill(n);
  const code = (i: number): number => codes[i] ?? 0;
  for (let i = 0; i + 1 < learned; i++) {
    pairs[code(i) * n + code(i + 1)]! += 1;
    firsts[code(i)]! += 1;
  }
  let loss = 0;
  for (let i = learned; i + 1 < codes.length; i++) {
    loss -= Math.log((pairs[code(i) * n + code(i + 1)] ?? 0) / (firsts[code(i)] ?? 0));
  }
  return loss / (codes.length - learned - 1);
}

const block = (): Layer => transformerBlock(features, 4, { causal: true, dropout: 0.1 });
const model = sequential([
  embedding(letters.length, features, { weightInit: randomNormal(0.1) }),
  positionalEmbedding(time, features),
  block(),
  block(),
  layerNorm(features),
  linear(features, letters.length),
]);
const started = Date.now();
const result = await train({
  model,
  loss: (scores, next) => crossEntropy(scores, next),
  data: windows(codes.subarray(0, learned), 24),
  validation: windows(codes.subarray(learned), time),
  optimizer: chain(clipByGlobalNorm(1), adamw(3e-3, { weightDecay: 0.05 })),
  epochs,
  batchSize: 32,
  key: 0,
  statisticsEvery: 0,
  earlyStopping: { patience: 4 },
  onEvent: (event) => {
    if (event.type !== 'epoch') return;
    const losses = `loss ${event.loss.toFixed(3)}, held-out ${event.validationLoss?.toFixed(3)}`;
    console.log(`epoch ${event.epoch}: ${losses}, after ${((Date.now() - started) / 1000).toFixed(0)} s`);
  },
});

console.log(
  `${parameterCount(result.parameters)} parameters, ${result.steps} steps, ${((Date.now() - started) / 1000).toFixed(0)} s`,
);
console.log(`held-out loss a letter: ${result.best?.score.toFixed(3)}; bigram table: ${bigramLoss().toFixed(3)}`);

const scoresOf = jit((window: Tensor) => model.apply(result.parameters, result.state, window)[0]);
let written = text.slice(learned, learned + time);
console.log(`${written}|`);
for (let i = 0; i < 200; i++) {
  const seen = Int32Array.from(written.slice(-time), (letter) => letters.indexOf(letter));
  const scores = scoresOf(tensor(seen, { shape: [1, time] }));
  const last = tensor(scores.data.slice(-letters.length));
  written += letters[random.categorical(random.foldIn(random.key(7), i), last).item()];
}
console.log(written.slice(time));
