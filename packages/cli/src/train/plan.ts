import { Tensor } from 'downhill';
import {
  addDecayedWeights,
  chain,
  clipByGlobalNorm,
  type LearningRate,
  masked,
  ruleByName,
  type UpdateRule,
} from 'downhill/optimize';
import { InputError } from '../errors.ts';
import type { Method } from '../input/choice.ts';
import { parseSchedule } from '../input/schedule.ts';
import { maxEpochs, type TrainSettings } from './options.ts';
import type { PreparedData } from './prepare.ts';

/** How a run is done, in numbers; plain JSON, stored with the run. */
export interface Plan {
  optimizer: Method;
  learningRate: number;
  schedule: string;
  epochs: number;
  batch: number;
  stepsPerEpoch: number;
  l2: number;
  clip: number | undefined;
  /** Epochs between entries of the history. */
  recordEvery: number;
  /** Steps between looks at gradients and weights; 0 for none. */
  statisticsEvery: number;
}

// More entries would make the history longer without making its picture better.
const mostRecords = 500;

/** Schedules that are spread over all steps of a run. */
const spread = ['linear', 'cosine', 'one-cycle', 'warmup-cosine'];

/** Fills in what depends on the model and the number of training rows. */
export function makePlan(settings: TrainSettings, data: PreparedData): Plan {
  const n = data.train.targets.length;
  const isNetwork = data.spec.kind === 'mlp';
  const wanted = settings.batch ?? (isNetwork ? 32 : 'all');
  const batch = wanted === 'all' ? n : Math.min(n, wanted);
  const stepsPerEpoch = Math.ceil(n / batch);
  const epochs =
    settings.epochs ??
    (settings.steps === undefined ? (isNetwork ? 100 : 500) : Math.ceil(settings.steps / stepsPerEpoch));
  return {
    optimizer: settings.optimizer,
    learningRate: settings.learningRate ?? (isNetwork ? 0.003 : 0.05),
    schedule: settings.schedule,
    epochs,
    batch,
    stepsPerEpoch,
    l2: settings.l2 ?? (data.spec.kind === 'logistic' ? 1 / n : 0),
    clip: settings.clip,
    // Early stopping counts entries, so it sees every epoch.
    recordEvery: settings.patience === undefined ? Math.max(1, Math.ceil(epochs / mostRecords)) : 1,
    statisticsEvery: isNetwork ? 50 : 0,
  };
}

/** The plan of a run that goes on, for more epochs when they are asked for. */
export function extendPlan(plan: Plan, settings: Pick<TrainSettings, 'epochs' | 'steps'>): Plan {
  const { epochs: asked, steps } = settings;
  const epochs = asked ?? (steps === undefined ? plan.epochs : Math.ceil(steps / plan.stepsPerEpoch));
  if (epochs === plan.epochs) return plan;
  const [name = ''] = plan.schedule.split(':');
  if (spread.includes(name)) {
    throw new InputError(
      'resume-mismatch',
      `the run has ${plan.epochs} epochs and --schedule ${plan.schedule} is spread over all of them, so it cannot go on to ${epochs}`,
    );
  }
  if (epochs > maxEpochs) throw new InputError('out-of-range', `at most ${maxEpochs} epochs can be run`);
  return { ...plan, epochs };
}

/**
 * The update rule: the slope of the ridge penalty l2/2 · ‖w‖² on weights (not on what is added to them), then the bound on
 * the gradient's norm, then the rule by its name.
 */
export async function ruleOf(plan: Plan): Promise<UpdateRule<unknown, unknown>> {
  const rate: LearningRate = await parseSchedule(plan.schedule, plan.learningRate, plan.epochs * plan.stepsPerEpoch);
  const isWeight = (_path: string, leaf: unknown) => leaf instanceof Tensor && leaf.rank >= 2;
  const parts: UpdateRule<unknown, unknown>[] = [
    ...(plan.l2 > 0 ? [masked(addDecayedWeights<unknown>(plan.l2), isWeight) as UpdateRule<unknown, unknown>] : []),
    ...(plan.clip === undefined ? [] : [clipByGlobalNorm<unknown>(plan.clip) as UpdateRule<unknown, unknown>]),
    ruleByName<unknown>('train', plan.optimizer, rate),
  ];
  return parts.length === 1 ? (parts[0] as UpdateRule<unknown, unknown>) : chain<unknown, unknown[]>(...parts);
}
