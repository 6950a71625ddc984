export {
  type AutomaticCheck,
  type DifferenceStudy,
  differenceStudy,
  type FormulaName as DifferenceFormulaName,
  type FormulaStudy,
  type StudyRow,
} from './study.ts';
