import { DownhillError } from '../../tensor/errors.ts';

/** How an integration can end, with the sentence a person reads. */
export const integrationReasons = {
  converged: 'the estimated error is within the tolerance',
  budget: 'the evaluations allowed were used up before the error came within the tolerance',
  roundoff: 'rounding errors keep the estimate above the tolerance; a larger tolerance would be met',
  diverges: 'the integral does not exist: the integrand grows too fast at a point, or decays too slowly at infinity',
  oscillates:
    'the integrand oscillates without dying out fast enough for this method; integrate between its zeros and extrapolate the sums',
  'not-a-number': 'the integrand is not a finite number on part of the range',
} as const;

export type IntegrationReason = keyof typeof integrationReasons;

/** An integral that was asked for as a number and could not be had. */
export class IntegrationError extends DownhillError {
  readonly reason: IntegrationReason;
  /** The sub-interval to blame, when there is one. */
  readonly where: readonly [number, number] | undefined;

  constructor(reason: IntegrationReason, message: string, where?: readonly [number, number]) {
    super('integration', message);
    this.reason = reason;
    this.where = where;
  }
}
