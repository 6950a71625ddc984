/** Four formulas that can be run: each by the engine, with the numbers that its letters stand for. */
import { grad } from 'downhill';
import { formula } from 'downhill/formula';
import { adam, applyUpdates, descend } from 'downhill/optimize';

export const CARD_IDS = ['gradient', 'chain-rule', 'gradient-descent', 'adam'] as const;
export type CardId = (typeof CARD_IDS)[number];

export interface CardResult {
  /** What was computed, as it is written. */
  readonly of: string;
  readonly values: readonly number[];
}

type OfOne = (x: number) => number;
const read = (text: string, variables: readonly string[]) => formula(text, { variables: [...variables] }).f;

/** Runs the formula of a card. */
export function runCard(id: CardId): CardResult {
  switch (id) {
    case 'gradient': {
      const f = read('(x - 3)^2 + (y + 1)^2', ['x', 'y']) as (x: number, y: number) => number;
      return {
        of: '∇f of f = (x − 3)² + (y + 1)² at (0, 0)',
        values: (grad(f, { argnums: [0, 1] })(0, 0) as unknown as number[]).map(Number),
      };
    }
    case 'chain-rule': {
      const [outer, inner] = [read('u^2', ['u']) as OfOne, read('2x + 1', ['x']) as OfOne];
      return {
        of: 'd/dx (2x + 1)² at x = 3, as outer slope · inner slope',
        values: [Number(grad(outer)(Number(inner(3)))) * Number(grad(inner)(3))],
      };
    }
    case 'gradient-descent':
      return {
        of: 'w after one step on (w − 3)² from 0 with the rate 0.2',
        values: [descend(read('(w - 3)^2', ['w']) as OfOne, 0, { learningRate: 0.2, steps: 1 }).point],
      };
    case 'adam': {
      const f = read('(x - 3)^2 + (y + 1)^2', ['x', 'y']) as (x: number, y: number) => number;
      const rule = adam<readonly number[]>(0.1);
      const start = [0, 0];
      const slope = (grad(f, { argnums: [0, 1] })(0, 0) as unknown as number[]).map(Number);
      const [step] = rule.update(slope, rule.init(start), start);
      return {
        of: '(x, y) after one step on (x − 3)² + (y + 1)² from (0, 0) with the rate 0.1',
        values: applyUpdates(start, step).map(Number),
      };
    }
  }
}
