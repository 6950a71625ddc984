import { DownhillError } from '../tensor/errors.ts';

/** A matrix the operation has no answer for: singular, not positive definite, or without convergence. */
export class LinearAlgebraError extends DownhillError {
  constructor(message: string) {
    super('linear-algebra', message);
  }
}
