/** From a seed to a question. */
import { chance } from '../chance.ts';
import type { Question, QuestionKind } from './types.ts';

/** A number of its own for each text (FNV-1a). */
const hash = (text: string): number =>
  [...text].reduce((h, character) => Math.imul(h ^ character.charCodeAt(0), 0x01000193) >>> 0, 0x811c9dc5);

/** The question of a kind that belongs to a seed: the same today and in a year, here and in every other browser. */
export const ask = (lesson: string, kind: QuestionKind, seed: number): Question =>
  kind.ask(chance((Math.imul(seed + 1, 0x9e3779b1) ^ hash(`${lesson}/${kind.id}`)) >>> 0));
