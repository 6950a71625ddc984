/**
 * Answers judged by their meaning: a formula against another, a derivative against a function. Needs the optional peer
 * `mathjs`.
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
