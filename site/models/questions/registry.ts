/** Which lesson asks what. The generators are loaded with the lesson; the names alone are enough for map and progress. */
import type { LessonQuestions } from './types.ts';

export interface LessonEntry {
  /** Ids of its kinds, in the order of their buttons; a test holds them equal to those of the module. */
  readonly kinds: readonly string[];
  readonly load: () => Promise<{ readonly default: LessonQuestions }>;
}

/** By the name of the lesson's page. */
export const QUESTIONS: Readonly<Record<string, LessonEntry>> = {
  // The check before the first lesson, on a page of the guide.
  entry: {
    kinds: ['dot', 'product', 'eigenvalue'],
    load: () => import('./entry.ts'),
  },
  derivatives: {
    kinds: ['slope', 'zero', 'formula', 'choice', 'predict', 'mistake', 'order'],
    load: () => import('./derivatives.ts'),
  },
  gradient: {
    kinds: ['partial', 'formula', 'zero', 'direction', 'choice', 'mistake'],
    load: () => import('./gradient.ts'),
  },
  descent: {
    kinds: ['way', 'step', 'limit', 'border', 'diverges', 'landing', 'loop', 'convex', 'mistake'],
    load: () => import('./descent.ts'),
  },
  'chain-rule': {
    kinds: ['local', 'adjoint', 'order', 'formula', 'neuron', 'mistake'],
    load: () => import('./chain-rule.ts'),
  },
  adam: {
    kinds: ['momentum', 'diverges', 'first', 'predict', 'order', 'mistake', 'schedule'],
    load: () => import('./adam.ts'),
  },
};

/** The kinds of a lesson; none for a lesson without questions. */
export const kindsOf = (lesson: string): readonly string[] =>
  Object.hasOwn(QUESTIONS, lesson) ? (QUESTIONS[lesson] as LessonEntry).kinds : [];

/** Questions are numbered from 0 to here. */
export const MAX_SEED = 999_999;

/** A question's address, as the part after the question mark. */
export function questionLink(kind: string, seed: number, search = ''): string {
  const parameters = new URLSearchParams(search);
  parameters.set('question', kind);
  parameters.set('seed', String(seed));
  return parameters.toString();
}

/** The question an address names; anything else in it leads to the first kind and question 1. */
export function readLink(lesson: string, search: string): { readonly kind: string; readonly seed: number } | undefined {
  const parameters = new URLSearchParams(search);
  const kind = parameters.get('question') ?? '';
  if (!kindsOf(lesson).includes(kind)) return undefined;
  const text = parameters.get('seed') ?? '1';
  const seed = /^\d{1,6}$/.test(text) ? Number(text) : 1;
  return { kind, seed };
}
