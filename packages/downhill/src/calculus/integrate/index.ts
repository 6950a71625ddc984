export { type IntegralOptions, integral } from './integral.ts';
export { type IntegralReport, type IntegrateOptions, integrate, type Tolerance } from './integrate.ts';
export { type MonteCarloOptions, type MonteCarloReport, monteCarlo } from './monte-carlo.ts';
export type { Range } from './range.ts';
export { IntegrationError, type IntegrationReason, integrationReasons } from './reasons.ts';
