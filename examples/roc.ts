'use math';
// The ROC curve of ten scored examples and the area under it: a sum of trapezoids, and the share of pairs ranked right.
import { rocAuc, rocCurve } from 'downhill/metrics';

const labels = [0, 0, 1, 1, 0, 1, 0, 1, 1, 0];
const scores = [0.1, 0.2, 0.8, 0.7, 0.3, 0.9, 0.2, 0.6, 0.85, 0.15];

function trapezoids(x: ArrayLike<number>, y: ArrayLike<number>): number {
  let area = 0;
  for (let i = 1; i < x.length; i++) area += ((x[i] - x[i - 1]) * (y[i] + y[i - 1])) / 2;
  return area;
}

function pairsRankedRight(truth: number[], score: number[]): number {
  let won = 0;
  let pairs = 0;
  truth.forEach((positive, i) => {
    truth.forEach((other, j) => {
      if (!positive || other) return;
      pairs++;
      won += score[i] > score[j] ? 1 : score[i] === score[j] ? 0.5 : 0;
    });
  });
  return won / pairs;
}

const { fpr, tpr, thresholds } = rocCurve(labels, scores);
console.log('threshold   fpr   tpr');
for (let i = 0; i < fpr.length; i++) {
  console.log(`${String(thresholds[i]).padStart(9)} ${fpr[i].toFixed(2).padStart(5)} ${tpr[i].toFixed(2).padStart(5)}`);
}
console.log(
  `area by trapezoids: ${trapezoids(fpr, tpr).toFixed(3)}, by the library: ${rocAuc(labels, scores).toFixed(3)}`,
);
console.log(`pairs ranked right: ${pairsRankedRight(labels, scores).toFixed(3)}`);
const withInversion = scores.with(4, 0.65);
console.log(
  `with the fifth score at 0.65: ${rocAuc(labels, withInversion).toFixed(2)} and ${pairsRankedRight(labels, withInversion).toFixed(2)}`,
);
