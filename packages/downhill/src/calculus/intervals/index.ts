export { type EvaluateIntervalOptions, evaluateInterval } from './evaluate.ts';
export { type Grade, type Interval, IntervalError, interval } from './interval.ts';
