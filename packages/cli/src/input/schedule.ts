import type { LearningRate } from 'downhill/optimize';
import { InputError } from '../errors.ts';
import { numberOption } from './number.ts';
import { quote } from './quote.ts';

/** What a schedule's text may hold after its name: one number for each. */
const schedules = {
  constant: [],
  linear: [],
  cosine: [],
  exponential: ['the factor of a step'],
  step: ['the steps between falls', 'the factor of a fall'],
  'inverse-time': ['the rate of decay'],
  restarts: ['the steps of a cycle'],
  'one-cycle': [],
  warmup: ['the steps of the warm-up'],
  'warmup-cosine': ['the steps of the warm-up'],
} as const satisfies Record<string, readonly string[]>;

type ScheduleName = keyof typeof schedules;

/** Reads `cosine`, `exponential:0.95`, `step:30:0.5`, for a run of `steps` steps whose largest rate is `rate`. */
export async function parseSchedule(text: string, rate: number, steps: number): Promise<LearningRate> {
  const [name, ...given] = text.split(':') as [string, ...string[]];
  if (!Object.hasOwn(schedules, name)) {
    const names = Object.entries(schedules).map(([key, wants]) => [key, ...wants.map(() => 'N')].join(':'));
    throw new InputError('unknown-choice', `--schedule is one of ${names.join(', ')}, not ${quote(text)}`);
  }
  const known = name as ScheduleName;
  const wants: readonly string[] = schedules[known];
  if (given.length !== wants.length) {
    const form = [known, ...wants.map(() => 'N')].join(':');
    const why = wants.length === 0 ? 'it takes no number' : `with ${wants.join(' and ')}`;
    throw new InputError('bad-schedule', `--schedule ${known} is written ${form}, ${why}; got ${quote(text)}`);
  }
  const numbers = given.map((part, i) => numberOption(`--schedule, ${wants[i]},`, part, { min: 0, openMin: true }));
  const [first = 0, second = 0] = numbers;
  if (known === 'constant') return rate;
  const o = await import('downhill/optimize');
  const warmupLeaves = (): void => {
    if (first >= steps) {
      throw new InputError('out-of-range', `--schedule warms up for ${first} steps, but there are only ${steps}`);
    }
  };
  switch (known) {
    case 'linear':
      return o.linearSchedule(rate, 0, steps);
    case 'cosine':
      return o.cosineDecaySchedule(rate, steps);
    case 'exponential':
      return o.exponentialDecay(rate, 1, first);
    case 'step':
      return o.stepDecay(rate, first, second);
    case 'inverse-time':
      return o.inverseTimeDecay(rate, first);
    case 'restarts':
      return o.cosineWarmRestarts(rate, first);
    case 'one-cycle':
      if (steps < 7) throw new InputError('out-of-range', '--schedule one-cycle needs at least 7 steps');
      return o.oneCycleSchedule(rate, steps);
    case 'warmup':
      return o.linearWarmup(rate, first);
    case 'warmup-cosine':
      warmupLeaves();
      return o.warmupCosineDecaySchedule(0, rate, first, steps);
  }
}
