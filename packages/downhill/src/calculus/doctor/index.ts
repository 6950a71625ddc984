export { type BlamedNode, type Cause, type CauseKind, causes } from './causes.ts';
export { type CommonMistake, type CommonMistakesOptions, commonMistakes } from './common-mistakes.ts';
export {
  type Claim,
  type DiagnosedComponent,
  type DiagnoseOptions,
  type Diagnosis,
  type DoctorPoint,
  diagnose,
  type FormulaLike,
} from './diagnose.ts';
export { type LocalSlope, localSlope, type SlopeStep, type SlopeVerdict } from './local-slope.ts';
