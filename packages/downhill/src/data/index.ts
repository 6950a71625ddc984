export { nearestName } from '../tensor/nearest.ts';
export { type CollectOptions, type TableCollector, tableCollector } from './collect.ts';
export {
  type CategoricalColumn,
  type Column,
  type ColumnOptions,
  isMissing,
  type NumericColumn,
  parseDecimal,
  readColumn,
} from './columns.ts';
export {
  type Encoder,
  encode,
  type Feature,
  fitEncoder,
  type Matrix,
  meanAndDeviation,
  unseenLevels,
} from './encode.ts';
export {
  type CellPosition,
  DataError,
  type DataErrorCode,
  describePosition,
} from './errors.ts';
export {
  type BlobsOptions,
  type CirclesOptions,
  type GeneratedData,
  type GeneratedRegression,
  type GenerateOptions,
  makeBlobs,
  makeCircles,
  makeMoons,
  makeRegression,
  makeSpirals,
  type RegressionOptions,
  type SpiralsOptions,
} from './generate.ts';
export { findMissing, type MissingReport, refuseMissing } from './missing.ts';
export { type Split, type SplitOptions, trainTestSplit } from './split.ts';
export {
  checkHeader,
  checkTable,
  columnIndex,
  raggedRow,
  type TextTable,
} from './table.ts';
