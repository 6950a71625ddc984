import type { LayerActivity, ParameterStatistics } from './statistics.ts';

/** Every way a training run ends, with the sentence a reader sees. */
export const trainingVerdicts = {
  completed: 'all epochs were run',
  'early-stopped': 'what was monitored had stopped getting better',
  interrupted: 'the run was interrupted; with its checkpoints it goes on from here',
  'non-finite': 'the loss or a gradient was not finite',
} as const;

export type TrainingReason = keyof typeof trainingVerdicts;

export interface TrainingVerdict {
  readonly reason: TrainingReason;
  /** The sentence for the reason, with the step where it matters. */
  readonly text: string;
}

/** One epoch of the history. */
export interface EpochRecord {
  readonly epoch: number;
  /** Steps taken by its end, from the start of the run. */
  readonly step: number;
  /** Mean of the losses of the batches since the record before, each taken before its step. */
  readonly loss: number;
  readonly validationLoss?: number;
  /** Losses of the data that is only watched, by name. */
  readonly losses?: Readonly<Record<string, number>>;
  /** On the validation data, or on the training data where there is none. */
  readonly metrics: Readonly<Record<string, number>>;
}

export type WarningKind =
  | 'vanishing-gradient'
  | 'exploding-gradient'
  | 'dead-units'
  | 'saturated-units'
  | 'learning-rate-too-high';

export interface TrainingWarning {
  readonly kind: WarningKind;
  readonly step: number;
  /** The parameter or layer concerned; empty for the run as a whole. */
  readonly path: string;
  readonly message: string;
}

/** What a run tells as it goes, in order; for progress bars, plots and logs. */
export type TrainingEvent =
  | { readonly type: 'start'; readonly parameterCount: number; readonly stepsPerEpoch: number; readonly epochs: number }
  | { readonly type: 'resume'; readonly step: number; readonly epoch: number }
  | { readonly type: 'corrupt-checkpoint'; readonly name: string; readonly reason: string }
  | {
      readonly type: 'step';
      readonly step: number;
      readonly epoch: number;
      readonly loss: number;
      readonly gradientNorm: number;
    }
  | {
      readonly type: 'skip';
      readonly step: number;
      readonly epoch: number;
      readonly loss: number;
      readonly gradientNorm: number;
    }
  | { readonly type: 'statistics'; readonly step: number; readonly parameters: readonly ParameterStatistics[] }
  | { readonly type: 'activity'; readonly step: number; readonly layers: readonly LayerActivity[] }
  | ({ readonly type: 'warning' } & TrainingWarning)
  | ({ readonly type: 'epoch' } & EpochRecord)
  | { readonly type: 'checkpoint'; readonly step: number; readonly name: string }
  /** A checkpoint could not be written: the run goes on, and the one before stays. */
  | { readonly type: 'checkpoint-failed'; readonly step: number; readonly reason: string }
  | ({ readonly type: 'end' } & TrainingVerdict);
