import { DownhillError } from '../tensor/errors.ts';

/** How an integration of a differential equation can end, with the sentence a person reads. */
export const odeReasons = {
  reached: 'the end of the time span was reached',
  event: 'a terminal event ended the integration',
  budget: 'the steps or evaluations allowed were used up before the end',
  'step-too-small':
    'no step that floating point can tell from zero keeps the error within the tolerance: a singularity, or a stiff problem under an explicit method',
  'not-finite': 'the right side, or the state, is not finite',
} as const;

export type OdeReason = keyof typeof odeReasons;

/** A solution that was asked for as a value and could not be had. */
export class OdeError extends DownhillError {
  readonly reason: OdeReason;
  /** How far the integration came. */
  readonly t: number;

  constructor(reason: OdeReason, t: number, message: string) {
    super('ode', message);
    this.reason = reason;
    this.t = t;
  }
}
