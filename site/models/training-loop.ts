/** One turn of the training loop after another, phase by phase, as a run recorded it. */
import { grad } from 'downhill';
import { formula } from 'downhill/formula';
import { sgd } from 'downhill/optimize';
import { type Fields, numberField, wholeField } from './link.ts';
import { speak } from './numbers.ts';

export const PHASES = ['gradient', 'update', 'loss'] as const;
export type Phase = (typeof PHASES)[number];

export const PHASE_NAMES: Readonly<Record<Phase, string>> = {
  gradient: 'take the slope',
  update: 'step against it',
  loss: 'compute the loss',
};

export const LOOP_LOSS = '(w - 3)^2';
export const TURNS = 6;
export const LOOP_STEPS = TURNS * PHASES.length;

export interface LoopState {
  loopRate: number;
  /** Phases done. */
  phase: number;
}

export const loopFields: Fields<LoopState> = {
  loopRate: numberField(0.2, [0.01, 1.2]),
  phase: wholeField(0, [0, LOOP_STEPS]),
};

/** A number that a phase made, and the parameter it belongs to. */
export interface PhaseNumber {
  readonly name: string;
  readonly value: number;
  readonly of: 'old w' | 'new w';
}

export interface PhaseRecord {
  /** From 1. */
  readonly turn: number;
  readonly phase: Phase;
  readonly w: number;
  readonly numbers: readonly PhaseNumber[];
}

/** Runs the loop; each of its three calls writes down itself, so the order is the one in which they ran. */
export function recordLoop(rate: number, turns = TURNS): readonly PhaseRecord[] {
  const records: PhaseRecord[] = [];
  const f = formula(LOOP_LOSS, { variables: ['w'] }).f as (w: number) => number;
  const rule = sgd<number>(rate);
  const slopeOf = grad(f);
  let w = 0;
  let state = rule.init(w);
  let turn = 1;
  const record = (phase: Phase, numbers: readonly PhaseNumber[]): void => {
    records.push({ turn, phase, w, numbers });
  };
  const gradient = (): number => {
    const slope = Number(slopeOf(w));
    record('gradient', [
      { name: 'w', value: w, of: 'old w' },
      { name: 'slope', value: slope, of: 'old w' },
    ]);
    return slope;
  };
  const update = (slope: number): void => {
    const old = w;
    const [step, next] = rule.update(slope, state, w);
    state = next;
    w = old + Number(step);
    record('update', [
      { name: 'w', value: old, of: 'old w' },
      { name: 'step', value: Number(step), of: 'old w' },
      { name: 'w', value: w, of: 'new w' },
    ]);
  };
  const loss = (): void =>
    record('loss', [
      { name: 'w', value: w, of: 'new w' },
      { name: 'loss', value: Number(f(w)), of: 'new w' },
    ]);
  for (; turn <= turns; turn++) {
    update(gradient());
    loss();
  }
  return records;
}

export function describePhase(record: PhaseRecord | undefined): string {
  if (record === undefined) return 'The loop has not begun; w is 0.';
  const said = record.numbers.map(
    ({ name, value, of }) => `${name} ${speak(value)}, of the ${of.replace(' w', '')} parameter`,
  );
  return `Turn ${record.turn}, ${PHASE_NAMES[record.phase]}: ${said.join('; ')}.`;
}

/** A finished turn in a line: step, w and loss with three digits, zeros dropped. */
export const lineOf = (loss: PhaseRecord): string => {
  const short = (x: number): string => String(Number(x.toFixed(3)));
  return `${loss.turn} w= ${short(loss.w)} loss= ${short(loss.numbers.find((n) => n.name === 'loss')?.value ?? Number.NaN)}`;
};

export const loopCode = (rate: number): string => `import { grad } from 'downhill';

const loss = (w: number) => (w - 3) ** 2;
const slope = grad(loss);
let w = 0;
for (let turn = 1; turn <= ${TURNS}; turn++) {
  const g = slope(w); // of the old w
  w = w - ${rate} * g;
  console.log(turn, w, loss(w)); // of the new w
}
`;
