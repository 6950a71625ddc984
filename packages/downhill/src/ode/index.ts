export { type OdeintOptions, odeint } from './odeint.ts';
export { OdeError, type OdeReason, odeReasons } from './reasons.ts';
export {
  type IvpOptions,
  type IvpSolution,
  type OdeEvent,
  type OdeMethod,
  type OdeTolerance,
  solveIvp,
} from './solve-ivp.ts';
export type { Statistics } from './stepper.ts';
