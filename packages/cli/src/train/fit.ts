import {
  add,
  dot,
  jit,
  matmul,
  mean,
  mul,
  random,
  softplus,
  square,
  sub,
  type Tensor,
  tensor,
  valueAndGrad,
} from 'downhill';
import { meanAndDeviation } from 'downhill/data';
import { applyUpdates, ruleByName } from 'downhill/optimize';
import type { TrainSettings } from './options.ts';
import type { Part, PreparedData } from './prepare.ts';
import type { HistoryEntry } from './result.ts';

/** What the optimizer moves: the weights and the intercept. */
interface Parameters {
  w: Tensor;
  b: number;
}

export interface Fitted {
  weights: Float64Array;
  intercept: number;
  history: HistoryEntry[];
  /** True when the loss stopped being finite or grew beyond all bounds; the history ends there. */
  diverged: boolean;
}

// More entries would make the history longer without making its picture better.
const maxHistory = 500;
/** The loss begins near 1 in either model; this much means that it grows. */
const growthOfDivergence = 1e6;

/**
 * Minimizes the mean loss over the training rows, starting from zero: the cross-entropy of a logistic model, the squared
 * error of a linear one (in units of the target's variance), plus l2/2 · ‖w‖². The cross-entropy of a score z and a label y in {0, 1} is softplus(z) − y z,
 * which neither overflows nor takes the logarithm of a rounded zero.
 *
 * @param onStep Called before the first step (0) and after each; with the losses at the steps that enter the history.
 */
export function fit(
  data: PreparedData,
  settings: Pick<TrainSettings, 'optimizer' | 'learningRate' | 'steps'> & { l2: number },
  onStep: (step: number, losses: Omit<HistoryEntry, 'step'> | undefined) => void,
): Fitted {
  const pointLoss =
    data.model === 'logistic'
      ? (z: Tensor, y: Tensor) => sub(softplus(z), mul(y, z))
      : (z: Tensor, y: Tensor) => square(sub(z, y));
  // A linear model learns the standardized target, so that one learning rate suits prices and probabilities alike.
  const target = data.model === 'linear' ? targetScale(data.train.targets) : { mean: 0, scale: 1 };
  const lossOn = (part: Part) => {
    const x = tensor(part.features.data, { shape: part.features.shape });
    const y = tensor(part.targets.map((value) => (value - target.mean) / target.scale));
    return ({ w, b }: Parameters): Tensor => mean(pointLoss(add(matmul(x, w), b), y));
  };
  const trainLoss = lossOn(data.train);
  const penalized = (p: Parameters): [Tensor, Tensor] => {
    const loss = trainLoss(p);
    return [add(loss, mul(settings.l2 / 2, dot(p.w, p.w))), loss];
  };
  const evaluate = jit(valueAndGrad(penalized, { hasAux: true }));
  const testLoss = jit(lossOn(data.test));
  const rule = ruleByName<Parameters>('train', settings.optimizer, settings.learningRate);

  const { steps } = settings;
  const stride = Math.max(1, Math.ceil(steps / maxHistory));
  let parameters: Parameters = { w: tensor(new Float64Array(data.train.features.shape[1])), b: 0 };
  let state = rule.init(parameters);
  const history: HistoryEntry[] = [];
  let diverged = false;
  for (let step = 0; step <= steps; step++) {
    const [[, loss], gradient] = evaluate(parameters);
    const now = loss.item();
    diverged = !Number.isFinite(now) || now > growthOfDivergence;
    if (step % stride === 0 || step === steps || step <= 10 || diverged) {
      const unit = target.scale ** 2;
      const losses = { trainLoss: now * unit, testLoss: testLoss(parameters).item() * unit };
      history.push({ step, ...losses });
      onStep(step, losses);
    } else onStep(step, undefined);
    if (diverged || step === steps) break;
    const [updates, next] = rule.update(gradient as Parameters, state, parameters);
    parameters = applyUpdates(parameters, updates);
    state = next;
  }
  return {
    weights: Float64Array.from(parameters.w.data, (weight) => weight * target.scale),
    intercept: parameters.b * target.scale + target.mean,
    history,
    diverged,
  };
}

function targetScale(targets: Float64Array): { mean: number; scale: number } {
  const { mean, deviation } = meanAndDeviation(targets, Array.from(targets.keys()));
  return { mean, scale: deviation === 0 ? 1 : deviation };
}

/** The numbers 0 … n−1 in an order that the key decides. */
export function shuffled(n: number, key: number): ArrayLike<number> {
  return random.permutation(random.key(key), n).data;
}
