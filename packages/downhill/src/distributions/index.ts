export { bernoulli, categorical, poisson } from './discrete.ts';
export type { Distribution, ExpectationOptions } from './distribution.ts';
export { beta, gamma, studentT } from './gamma-family.ts';
export { type MultivariateNormal, type MultivariateNormalOptions, multivariateNormal } from './multivariate-normal.ts';
export { lognormal, normal } from './normal.ts';
export type { Probability, ProbabilityOptions } from './normal-probability.ts';
export { betainc, betaincinv, gammainc, gammaincc, gammaincinv } from './special.ts';
export { exponential, uniform } from './uniform-exponential.ts';
