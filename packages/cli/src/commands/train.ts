import { basename, resolve } from 'node:path';
import { CheckpointError } from 'downhill/nn';
import { interruptSignal } from 'downhill/nn/node';
import type { CommandAction, CommandContext } from '../definition.ts';
import { InputError } from '../errors.ts';
import { methodNames } from '../input/choice.ts';
import { fileName } from '../input/quote.ts';
import { readTable } from '../input/table.ts';
import { toJson } from '../output/json.ts';
import { formatNumber, groupThousands } from '../output/number.ts';
import { startProgress } from '../output/progress.ts';
import { pictureFormat } from '../plot/format.ts';
import { evaluate } from '../train/evaluate.ts';
import { filesOf, fingerprint, writeWhole } from '../train/files.ts';
import { type FitReason, type Fitted, fit, lossOn, shuffled } from '../train/fit.ts';
import { inFile } from '../train/in-file.ts';
import {
  classCoefficientsOf,
  coefficientsOf,
  type FittedModel,
  outputsOf,
  rankedCoefficients,
  sizeOfModel,
} from '../train/model.ts';
import { checkTrainOptions, commandOf, type TrainCommandOptions, type TrainSettings } from '../train/options.ts';
import { extendPlan, makePlan, type Plan } from '../train/plan.ts';
import { type PreparedData, prepare } from '../train/prepare.ts';
import { lossTable, printCoefficients, printData, printMetrics } from '../train/print.ts';
import type { HistoryEntry } from '../train/result.ts';
import { clearForNewRun, findRun, type Resumed, resumeCommand } from '../train/resume.ts';
import { type RunRecord, saveModel, saveRun } from '../train/store.ts';

const defaultDirectory = 'out';

export const train: CommandAction<TrainCommandOptions, string | undefined> = async (argument, typed, context) => {
  const { terminal, json } = context;
  const resumed = typed.resume === undefined ? undefined : await findRun(typed.resume, argument, typed);
  const options = resumed?.options ?? typed;
  const path = resumed?.path ?? argument;
  if (path === undefined) {
    throw new InputError('missing-argument', "missing required argument 'file' (see downhill train --help)");
  }
  const settings = checkTrainOptions(options);
  if (options.plot !== undefined) pictureFormat(options.plot);
  const directory = typed.resume ?? options.out ?? defaultDirectory;
  const table = await readTable(path, terminal);
  const print = fingerprint(table);
  if (resumed !== undefined && print !== resumed.record.fingerprint) {
    throw new InputError(
      'data-changed',
      `${fileName(path)} has changed since the run in ${JSON.stringify(directory)} began; a run goes on with the data it began with`,
    );
  }
  const data = inFile(path, () => prepare(table, settings, (n, stream) => shuffled(n, settings.key, stream)));
  const plan =
    resumed === undefined ? makePlan(settings, data) : extendPlan(resumed.record.plan, typedLength(typed, settings));
  if (resumed === undefined) await clearForNewRun(directory, options.overwrite === true);
  const record: RunRecord = {
    data: path === '-' ? path : resolve(path),
    fingerprint: print,
    options: stored(options),
    plan,
    status: 'running',
  };
  await saveRun(directory, record);
  const dropped = table.rows.length - data.missing.complete.length;
  if (!json) printData(terminal, { path, rows: table.rows.length, dropped, data, key: settings.key });

  const { installCompiler } = await import('downhill/compile');
  installCompiler();
  const fitted = await fitInTerminal(data, plan, { settings, directory, resumed, context });
  if (fitted.reason !== 'completed' && fitted.reason !== 'early-stopped') {
    if (fitted.reason === 'diverged') await saveRun(directory, { ...record, status: 'finished' });
    return reportFailure(context, fitted, { plan, directory });
  }

  const model: FittedModel = { ...modelFacts(data), parameters: fitted.parameters };
  const losses = {
    trainLoss: lossOn(data, fitted.parameters, data.train),
    testLoss: lossOn(data, fitted.parameters, data.test),
  };
  const evaluation = evaluate(model, data, losses);
  const files = filesOf(directory);
  const described = describe(path, options, plan, settings, data, fitted);
  await keepingRun(directory, () => saveModel(directory, model, evaluation, described.settings));
  const { renderReport } = await import('../report/report.ts');
  const report = renderReport({
    source: basename(fileName(path)),
    rows: {
      train: data.train.targets.length,
      validation: data.validation?.targets.length ?? 0,
      test: data.test.targets.length,
      dropped,
    },
    model,
    evaluation,
    history: fitted.history,
    stepsPerEpoch: plan.stepsPerEpoch,
    warnings: fitted.warnings,
    settings: described.settings,
    command: described.command,
  });
  await keepingRun(directory, async () => {
    await writeWhole([files.report, report]);
    if (options.plot !== undefined) await plotLoss(options.plot, data, fitted.history);
  });
  await saveRun(directory, { ...record, status: 'finished' });

  if (json) {
    const coefficients = coefficientsOf(model);
    const classes = data.task.kind === 'classification' ? data.task.classes : undefined;
    terminal.out(
      toJson({
        metrics: evaluation.metrics,
        history: fitted.history,
        model: files.model,
        report: files.report,
        ...(coefficients === undefined
          ? {}
          : { coefficients: rankedCoefficients(model), intercept: coefficients.intercept }),
        ...classCoefficients(model),
        parameters: sizeOfModel(model),
        ...(classes === undefined
          ? {}
          : outputsOf(data.task) === 1
            ? { classes: { negative: classes[0], positive: classes[1] } }
            : { classes }),
        rows: {
          train: data.train.targets.length,
          ...(data.validation === undefined ? {} : { validation: data.validation.targets.length }),
          test: data.test.targets.length,
        },
        steps: fitted.steps,
        reason: fitted.reason,
        ...(fitted.bestEpoch === undefined ? {} : { bestEpoch: fitted.bestEpoch }),
        skipped: fitted.skipped,
        warnings: fitted.warnings,
      }),
    );
    return;
  }
  printMetrics(terminal, evaluation, fitted);
  printCoefficients(terminal, model);
  const extra = options.plot === undefined ? '' : `, ${options.plot}`;
  terminal.out(`\nwrote ${files.model}, ${files.report}${extra}\n`);
  return;
};

/** A result that cannot be written is no reason to train again: the checkpoints are there. */
async function keepingRun(directory: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(
      error.code,
      `${error.message}; the run itself is kept: when there is room, go on with ${resumeCommand(directory)}`,
    );
  }
}

function classCoefficients(model: FittedModel) {
  const perClass = classCoefficientsOf(model);
  if (perClass === undefined) return {};
  const features = model.encoder.features.map(({ name }) => name);
  return {
    classCoefficients: perClass.map((one) => ({
      class: one.class,
      coefficients: features.map((feature, i) => ({ feature, weight: one.weights[i] })),
    })),
  };
}

const modelFacts = ({ spec, task, target, encoder }: PreparedData) => ({ spec, task, target, encoder });

/** Only a length that was typed now changes a run that goes on. */
const typedLength = (typed: TrainCommandOptions, settings: TrainSettings): Pick<TrainSettings, 'epochs' | 'steps'> => ({
  epochs: typed.epochs === undefined ? undefined : settings.epochs,
  steps: typed.steps === undefined ? undefined : settings.steps,
});

/** The options as the record of a run keeps them. */
function stored(options: TrainCommandOptions): TrainCommandOptions {
  const { resume: _resume, overwrite: _overwrite, ...kept } = options;
  return Object.fromEntries(Object.entries(kept).filter(([, value]) => typeof value === 'string'));
}

/** Trains with a progress bar and a table of losses; Ctrl-C saves. */
async function fitInTerminal(
  data: PreparedData,
  plan: Plan,
  {
    settings,
    directory,
    resumed,
    context: { terminal, json },
  }: { settings: TrainSettings; directory: string; resumed: Resumed | undefined; context: CommandContext },
): Promise<Fitted & { signalCode: number | undefined }> {
  const progress = startProgress(terminal, 'training', plan.epochs * plan.stepsPerEpoch, { signals: false });
  const live = json ? undefined : lossTable(terminal, plan);
  const say = (text: string): void => {
    if (terminal.errIsTty) terminal.err('\r\u001b[2K');
    terminal.err(`downhill train: ${text}\n`);
  };
  const interrupt = interruptSignal();
  try {
    const fitted = await fit(data, plan, {
      key: settings.key,
      patience: settings.patience,
      skipNonFinite: settings.skipNonFinite,
      folder: filesOf(directory).checkpoints,
      resume: resumed !== undefined,
      checkpointEvery: settings.checkpointEvery,
      signal: interrupt,
      onRecord: (entry) => live?.(entry),
      onEvent: (event) => {
        if (event.type === 'step') progress.update(event.step, `loss ${formatNumber(event.loss, 4)}`);
        if (event.type === 'resume') say(`going on after step ${event.step}`);
        if (event.type === 'warning') say(`warning, step ${event.step}: ${event.message}`);
        if (event.type === 'skip' && settings.skipNonFinite) {
          say(`step ${event.step} left out: loss ${event.loss}, norm of the gradient ${event.gradientNorm}`);
        }
        if (event.type === 'corrupt-checkpoint') say(`${event.name} is passed over: ${event.reason}`);
        if (event.type === 'checkpoint-failed') say(`no checkpoint after step ${event.step}: ${event.reason}`);
      },
    });
    return { ...fitted, signalCode: interrupt.cause?.code };
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    const isDamaged = error.message.startsWith('no checkpoint is sound');
    throw new InputError(
      isDamaged ? 'damaged-checkpoints' : 'checkpoint',
      isDamaged
        ? `no checkpoint in ${JSON.stringify(filesOf(directory).checkpoints)} is sound, so the run cannot go on; begin it anew without --resume and with --overwrite\n${error.message.split('\n').slice(1).join('\n')}`
        : error.message,
    );
  } finally {
    progress.end();
    interrupt.release();
  }
}

function reportFailure(
  { terminal, json }: CommandContext,
  fitted: Fitted & { signalCode: number | undefined },
  { plan, directory }: { plan: Plan; directory: string },
): number {
  const total = plan.epochs * plan.stepsPerEpoch;
  const unsaved =
    fitted.checkpointFailure === undefined
      ? 'saved'
      : `not saved (${fitted.checkpointFailure}), but the checkpoint before it is there`;
  const again = resumeCommand(directory);
  const messages: Record<Exclude<FitReason, 'completed' | 'early-stopped'>, string> = {
    interrupted: `interrupted after step ${groupThousands(fitted.steps)} of ${groupThousands(total)}, ${unsaved}; to go on: ${again}`,
    diverged: `training diverged: ${fitted.text}; try a smaller learning rate than --lr ${plan.learningRate}`,
    'non-finite': `training stopped: ${fitted.text}; try a smaller learning rate than --lr ${plan.learningRate}, --clip 1, or --non-finite skip`,
  };
  const reason = fitted.reason as keyof typeof messages;
  const message = messages[reason];
  terminal.err(`downhill train: ${message}\n`);
  if (json) {
    terminal.out(
      toJson({
        metrics: {},
        history: fitted.history,
        model: null,
        steps: fitted.steps,
        warnings: fitted.warnings,
        ...(reason === 'interrupted' ? { resume: again } : {}),
        error: { code: reason, message },
      }),
    );
  }
  return reason === 'interrupted' ? (fitted.signalCode ?? 1) : 1;
}

async function plotLoss(path: string, data: PreparedData, history: readonly HistoryEntry[]): Promise<void> {
  const { lossFigure } = await import('../plot/loss.ts');
  const { writeFigure } = await import('../plot/file.ts');
  const { describeModel } = await import('../train/model.ts');
  const { lossSeries } = await import('../report/sections.ts');
  const figure = lossFigure({
    title: `Loss of ${describeModel(data)} for ${data.target}`,
    yLabel: data.task.kind === 'classification' ? 'cross-entropy' : 'mean squared error',
    steps: history.map(({ step }) => step),
    series: lossSeries(history),
  });
  await writeFigure(path, figure);
}

/** The settings in words, and the command line that repeats the run. */
function describe(
  path: string,
  options: TrainCommandOptions,
  plan: Plan,
  settings: TrainSettings,
  data: PreparedData,
  fitted: Fitted,
): { settings: [string, string][]; command: string } {
  const stratified = data.task.kind === 'classification' ? 'each class in proportion, ' : '';
  const n = data.train.targets.length;
  const schedule = plan.schedule === 'constant' ? '' : `, schedule ${plan.schedule}`;
  const clip = plan.clip === undefined ? '' : `, gradient clipped to norm ${plan.clip}`;
  const rows = plan.batch >= n ? 'all training rows' : `${groupThousands(plan.batch)} training rows`;
  const early =
    settings.patience === undefined
      ? ''
      : `; ${fitted.reason === 'early-stopped' ? 'stopped' : 'would have stopped'} when ${settings.patience} epochs brought no better validation loss, best epoch ${fitted.bestEpoch ?? 0}`;
  return {
    settings: [
      ['optimizer', `${methodNames[plan.optimizer]}, learning rate ${plan.learningRate}${schedule}${clip}`],
      ['steps', `${groupThousands(fitted.steps)}, each over ${rows}${early}`],
      ['penalty', plan.l2 === 0 ? 'none' : `ridge, strength ${formatNumber(plan.l2, 4)}`],
      ['split', `${stratified}random key ${settings.key}`],
    ],
    command: commandOf(path, stored(options)),
  };
}
