/** What may have gone wrong in a claimed derivative. */
export type CauseKind =
  | 'sign'
  | 'constant-factor'
  | 'chain'
  | 'outer-derivative'
  | 'product-rule'
  | 'product-of-derivatives'
  | 'quotient-rule'
  | 'power'
  | 'wrong-rule'
  | 'constant-kept'
  | 'missing-term'
  | 'wrong-variable'
  | 'transposed'
  | 'not-summed'
  | 'sum-for-mean'
  | 'stale-point'
  | 'integrated'
  | 'not-differentiated'
  | 'differentiated-twice'
  | 'elsewhere'
  | 'unknown';

/** The general sentence of each kind: what a learner should remember. */
export const causes: Readonly<Record<CauseKind, string>> = {
  sign: 'a sign is wrong',
  'constant-factor': 'a constant factor is missing or too many',
  chain: 'the derivative of an inner function is missing (chain rule)',
  'outer-derivative': 'the derivative of an outer function is missing (chain rule)',
  'product-rule': 'a term of the product rule is missing',
  'product-of-derivatives': 'the derivative of a product is not the product of the derivatives',
  'quotient-rule': 'the quotient rule is not followed',
  power: 'the power rule is not followed: the derivative of u^n is n u^(n-1) u′',
  'wrong-rule': 'the derivative of an elementary function is a different one',
  'constant-kept': 'a constant was kept; its derivative is 0',
  'missing-term': 'a term of a sum was left out',
  'wrong-variable': 'this is the derivative by another variable',
  transposed: 'the numbers are right, but not their arrangement',
  'not-summed': 'the contributions of the examples were not added up',
  'sum-for-mean': 'sum and mean are confused: a factor of the number of terms',
  'stale-point': 'this is the gradient at another point',
  integrated: 'this is an integral, not a derivative',
  'not-differentiated': 'this is the function itself',
  'differentiated-twice': 'this is the second derivative',
  elsewhere: 'right near the point, wrong elsewhere',
  unknown: 'no common mistake gives this value',
};

/** Where in the function the mistake was made. */
export interface BlamedNode {
  readonly id: number;
  readonly expression: string;
  readonly site: string | undefined;
}

/** One explanation of a wrong component: making this mistake gives exactly what was claimed. */
export interface Cause {
  readonly kind: CauseKind;
  /** What happened, with the part of the function and the numbers concerned. */
  readonly sentence: string;
  readonly node?: BlamedNode;
}
