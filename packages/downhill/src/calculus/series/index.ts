export { evaluateSeries, type JetOptions, jet, maclaurin, type ScalarFunction, taylor } from './jet.ts';
export { type PadeApproximant, PadeError, pade } from './pade.ts';
export { derivativeTensor, type MixedPartial, mixedPartials } from './partials.ts';
export { type RadiusEstimate, radiusOfConvergence } from './radius.ts';
export { type RemainderBound, type RemainderOptions, remainder } from './remainder.ts';
