import { random } from 'downhill';
import type { Feature } from 'downhill/data';
import { decodeSnapshot, encodeSnapshot } from 'downhill/nn';
import { InputError } from '../errors.ts';
import { filesOf, parseObject, readIfThere, sha256, writeWhole } from './files.ts';
import {
  classCoefficientsOf,
  coefficientsOf,
  type FittedModel,
  type ModelFacts,
  networkOf,
  outputsOf,
  type Task,
} from './model.ts';
import type { TrainCommandOptions } from './options.ts';
import type { Plan } from './plan.ts';
import type { Evaluation } from './result.ts';

const modelFormat = 'downhill-model';
const runFormat = 'downhill-run';
const version = 2;

/**
 * Writes `model.safetensors` (the parameters, as other software reads them) and `model.json`, both or none: what the model is, how
 * columns become features, what the parameters must hash to, and for linear models the coefficients themselves, which is
 * enough to predict with in any language.
 */
export async function saveModel(
  directory: string,
  model: FittedModel,
  evaluation: Evaluation,
  training: readonly [string, string][],
): Promise<void> {
  const { spec, task, target, encoder } = model;
  const bytes = encodeSnapshot({ tree: model.parameters, facts: { format: modelFormat, version } });
  const coefficients = coefficientsOf(model);
  const perClass = classCoefficientsOf(model);
  const [negative, positive] = task.kind === 'classification' && outputsOf(task) === 1 ? task.classes : [];
  const document = {
    format: modelFormat,
    version,
    model: spec.kind,
    spec,
    task,
    target,
    ...(positive === undefined ? {} : { classes: { negative, positive } }),
    columns: columnsOf(model),
    ...(coefficients === undefined ? {} : { intercept: coefficients.intercept }),
    features: encoder.features.map((feature, i) => ({
      ...feature,
      ...(coefficients === undefined ? {} : { weight: coefficients.weights[i] }),
      ...(perClass === undefined
        ? {}
        : { weights: Object.fromEntries(perClass.map((one) => [one.class, one.weights[i]])) }),
    })),
    parameters: { file: 'model.safetensors', sha256: sha256(bytes) },
    metrics: evaluation.metrics,
    training: Object.fromEntries(training),
  };
  const files = filesOf(directory);
  await writeWhole([files.parameters, bytes], [files.model, `${JSON.stringify(document, null, 2)}\n`]);
}

/** A column that a table must have for the model to predict, with the levels it knows. */
export interface NeededColumn {
  name: string;
  kind: 'numeric' | 'categorical';
  levels?: string[];
}

export function columnsOf({ encoder }: Pick<ModelFacts, 'encoder'>): NeededColumn[] {
  const columns = new Map<string, NeededColumn>();
  for (const feature of encoder.features) {
    if (feature.kind === 'numeric') columns.set(feature.column, { name: feature.column, kind: 'numeric' });
    else {
      const known = columns.get(feature.column)?.levels ?? [];
      columns.set(feature.column, { name: feature.column, kind: 'categorical', levels: [...known, feature.level] });
    }
  }
  return [...columns.values()];
}

/**
 * Reads a model that `train` saved.
 * @throws InputError `no-model`, `damaged-file` for files that are cut off, changed, or of two different models.
 */
export async function loadModel(directory: string): Promise<FittedModel> {
  const files = filesOf(directory);
  const text = await readIfThere(files.model);
  if (text === undefined) {
    throw new InputError(
      'no-model',
      `there is no model in ${JSON.stringify(directory)} (no model.json); give the directory that downhill train --out wrote`,
    );
  }
  const document = parseObject(text, files.model, 'a saved model');
  if (document.format !== modelFormat) {
    throw new InputError(
      'damaged-file',
      `${JSON.stringify(files.model)} is not a saved model: its format is not ${modelFormat}`,
    );
  }
  if (document.version !== version) {
    throw new InputError(
      'damaged-file',
      `${JSON.stringify(files.model)} has version ${JSON.stringify(document.version)}; this program reads version ${version}: train again`,
    );
  }
  const facts = checkFacts(document, files.model);
  const bytes = await readIfThere(files.parameters);
  if (bytes === undefined) {
    throw new InputError(
      'damaged-file',
      `${JSON.stringify(files.parameters)} is missing, which holds the parameters of the model`,
    );
  }
  const { sha256: wanted } = (document.parameters ?? {}) as { sha256?: unknown };
  if (sha256(bytes) !== wanted) {
    throw new InputError(
      'damaged-file',
      `${JSON.stringify(files.parameters)} is damaged or belongs to another model: its bytes are not those that model.json names`,
    );
  }
  const like = networkOf(facts).init(random.key(0)).parameters;
  try {
    return { ...facts, parameters: decodeSnapshot(bytes, like).tree };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InputError('damaged-file', `${JSON.stringify(files.parameters)} does not fit model.json: ${reason}`);
  }
}

/** A model file may have been edited by hand: whatever is used of it is looked at. */
function checkFacts(document: Record<string, unknown>, path: string): ModelFacts {
  const { spec, task, target, features } = document as {
    spec?: ModelFacts['spec'];
    task?: Task;
    target?: unknown;
    features?: unknown;
  };
  const refuse = (what: string): never => {
    throw new InputError('damaged-file', `${JSON.stringify(path)} is not a sound model: ${what}`);
  };
  const isSize = (x: unknown) => Number.isInteger(x) && (x as number) >= 1;
  if (!spec || !['linear', 'logistic', 'mlp'].includes(spec.kind) || !Array.isArray(spec.hidden)) refuse('bad spec');
  if (!(spec as ModelFacts['spec']).hidden.every(isSize)) refuse('bad sizes of hidden layers');
  if (typeof target !== 'string') refuse('it names no target');
  const isClasses = (x: unknown) => Array.isArray(x) && x.length >= 2 && x.every((name) => typeof name === 'string');
  if (task?.kind === 'regression') {
    if (!Number.isFinite(task.mean) || !(Number.isFinite(task.scale) && task.scale > 0))
      refuse('bad scale of the target');
  } else if (!(task?.kind === 'classification' && isClasses(task.classes))) refuse('bad task');
  if (!Array.isArray(features) || features.length === 0) refuse('it has no features');
  const encoded = (features as Record<string, unknown>[]).map((feature): Feature => {
    const { kind, name, column, mean, scale, level } = feature ?? {};
    if (typeof name !== 'string' || typeof column !== 'string') refuse('a feature has no name');
    if (kind === 'numeric' && Number.isFinite(mean) && Number.isFinite(scale) && scale !== 0) {
      return { kind, name: name as string, column: column as string, mean: mean as number, scale: scale as number };
    }
    if (kind === 'one-hot' && typeof level === 'string') {
      return { kind, name: name as string, column: column as string, level };
    }
    return refuse(`feature "${String(name)}" is not one`);
  });
  return {
    spec: spec as ModelFacts['spec'],
    task: task as Task,
    target: target as string,
    encoder: { features: encoded },
  };
}

/** What a run must know to go on. */
export interface RunRecord {
  /** The data file as an absolute path; `-` for standard input. */
  data: string;
  /** Of the table's cells: a run goes on with the data it began with. */
  fingerprint: string;
  options: TrainCommandOptions;
  plan: Plan;
  status: 'running' | 'finished';
}

export async function saveRun(directory: string, record: RunRecord): Promise<void> {
  const document = { format: runFormat, version, ...record };
  await writeWhole([filesOf(directory).run, `${JSON.stringify(document, null, 2)}\n`]);
}

/** The run of a directory; undefined where there is none. */
export async function loadRun(directory: string): Promise<RunRecord | undefined> {
  const path = filesOf(directory).run;
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  const { format, version: written, ...record } = parseObject(text, path, 'the record of a run');
  const { data, options, plan, status } = record as Partial<RunRecord>;
  if (format !== runFormat || written !== version || typeof data !== 'string' || !options || !plan || !status) {
    throw new InputError(
      'damaged-file',
      `${JSON.stringify(path)} is not the record of a run that this program can go on with`,
    );
  }
  return record as unknown as RunRecord;
}
