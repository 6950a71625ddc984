/**
 * Answers judged by their meaning: a formula against another, a derivative against a function. It reads formulas
 * (`downhill/formula`).
 *
 * @module
 */
export {
  type ClaimedDerivative,
  causeOf,
  type FormulaJudgement,
  type JudgeDerivativeOptions,
  type JudgeOptions,
  judgeDerivative,
  judgeFormula,
  type Proof,
} from './judge.ts';
