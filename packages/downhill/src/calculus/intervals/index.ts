export { type Bounded, type EncloseOptions, type Enclosure, enclose } from './enclose.ts';
export { type EvaluateIntervalOptions, evaluateInterval } from './evaluate.ts';
export { type Grade, type Interval, IntervalError, interval } from './interval.ts';
