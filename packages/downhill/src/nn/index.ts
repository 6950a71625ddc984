export { decodeSafetensors, encodeSafetensors, FormatError, type TensorFile } from './checkpoints/safetensors.ts';
export { CheckpointError, type CheckpointStorage, memoryStorage } from './checkpoints/storage.ts';
export { decodeSnapshot, encodeSnapshot, type Snapshot } from './checkpoints/tree.ts';
export * from './initializers.ts';
export {
  type AttentionOptions,
  type AttentionParameters,
  multiHeadAttention,
  type TransformerBlockOptions,
  type TransformerBlockParameters,
  transformerBlock,
} from './layers/attention.ts';
export { type ConvolutionOptions, conv1d, conv2d } from './layers/convolution.ts';
export { dropout } from './layers/dropout.ts';
export type {
  Context,
  Layer,
  LayerOptions,
  ParametersOf,
  StateOf,
  Variables,
} from './layers/layer.ts';
export {
  type EmbeddingOptions,
  embedding,
  linear,
  positionalEmbedding,
  type WeightAndBias,
  type WeightOptions,
} from './layers/linear.ts';
export {
  type BatchNormOptions,
  type BatchNormState,
  batchNorm,
  groupNorm,
  layerNorm,
  type NormalizationOptions,
  rmsNorm,
  type ScaleAndShift,
} from './layers/normalization.ts';
export { avgPool, globalAvgPool, maxPool, type PoolingOptions } from './layers/pooling.ts';
export {
  gru,
  type LstmOptions,
  lstm,
  type RecurrentOptions,
  type RecurrentParameters,
  rnn,
} from './layers/recurrent.ts';
export {
  type ActivationName,
  activation,
  activations,
  flatten,
  type MlpOptions,
  mlp,
  residual,
  sequential,
} from './layers/sequential.ts';
export type { Padding } from './layers/windows.ts';
export * from './losses/index.ts';
export { type ParameterRow, parameterCount, parameterRows, parameterTable } from './table.ts';
export type { Dataset } from './train/data.ts';
export {
  type EpochRecord,
  type TrainingEvent,
  type TrainingReason,
  type TrainingVerdict,
  type TrainingWarning,
  trainingVerdicts,
  type WarningKind,
} from './train/events.ts';
export type { CheckpointOptions } from './train/keeper.ts';
export type { LayerActivity, ParameterStatistics } from './train/statistics.ts';
export type { Loss } from './train/step.ts';
export {
  type EarlyStopping,
  type TrainOptions,
  type TrainResult,
  train,
} from './train/train.ts';
