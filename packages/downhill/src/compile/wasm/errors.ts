import { DownhillError } from '../../tensor/errors.ts';

/** A WebAssembly function was put together wrongly: a type mismatch, a value out of its scope, … */
export class AssemblyError extends DownhillError {
  constructor(message: string) {
    super('assembly', message);
  }
}
