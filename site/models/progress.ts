/** What a learner has done, as one plain value; where it is kept is the business of `components/store.ts`. */

export type QuestionKind = 'slope' | 'zero' | 'formula';
export const KINDS: readonly QuestionKind[] = ['slope', 'zero', 'formula'];

export interface LessonProgress {
  /** Questions answered right, by kind: the seeds. */
  readonly solved: Readonly<Partial<Record<QuestionKind, readonly number[]>>>;
  /** Whether an evidence card was exported. */
  readonly kept: boolean;
  /** The learner's words on the card. */
  readonly words: string;
}

export interface Progress {
  readonly format: 'downhill-progress';
  readonly version: 1;
  readonly lessons: Readonly<Record<string, LessonProgress>>;
}

export const noProgress: Progress = { format: 'downhill-progress', version: 1, lessons: {} };
export const noLesson: LessonProgress = { solved: {}, kept: false, words: '' };

export const lessonOf = (progress: Progress, lesson: string): LessonProgress =>
  Object.hasOwn(progress.lessons, lesson) ? (progress.lessons[lesson] as LessonProgress) : noLesson;

/** With a lesson changed. */
export const withLesson = (progress: Progress, lesson: string, change: Partial<LessonProgress>): Progress => ({
  ...progress,
  lessons: { ...progress.lessons, [lesson]: { ...lessonOf(progress, lesson), ...change } },
});

/** With a question solved; solving it twice counts once. */
export function withSolved(progress: Progress, lesson: string, kind: QuestionKind, seed: number): Progress {
  const { solved } = lessonOf(progress, lesson);
  const before = solved[kind] ?? [];
  if (before.includes(seed)) return progress;
  return withLesson(progress, lesson, { solved: { ...solved, [kind]: [...before, seed] } });
}

/** Not begun, begun, or known: one right answer of every kind. */
export function stageOf(lesson: LessonProgress, kinds: readonly QuestionKind[]): 'new' | 'begun' | 'known' {
  const done = kinds.filter((kind) => (lesson.solved[kind]?.length ?? 0) > 0).length;
  if (done === kinds.length) return 'known';
  return done > 0 || lesson.kept || lesson.words !== '' ? 'begun' : 'new';
}

const isRecord = (x: unknown): x is Record<string, unknown> => typeof x === 'object' && x !== null && !Array.isArray(x);
const isSeeds = (x: unknown): x is number[] => Array.isArray(x) && x.every((n) => Number.isSafeInteger(n) && n >= 0);

/** Progress from a file or from storage; a sentence when it is not ours. Unknown lessons are kept, unknown fields not. */
export function readProgress(value: unknown): Progress | string {
  if (!isRecord(value) || value.format !== 'downhill-progress') return 'this file is not progress saved by the Lab';
  if (value.version !== 1) return `this file has version ${String(value.version)}; this Lab reads version 1`;
  if (!isRecord(value.lessons)) return 'this file lists no lessons';
  const lessons: Record<string, LessonProgress> = {};
  for (const [name, lesson] of Object.entries(value.lessons)) {
    if (!isRecord(lesson) || !isRecord(lesson.solved) || !Object.values(lesson.solved).every(isSeeds)) {
      return `the lesson ${name.slice(0, 40)} in this file cannot be read`;
    }
    const words = typeof lesson.words === 'string' ? lesson.words.slice(0, 2000) : '';
    lessons[name] = { solved: lesson.solved as LessonProgress['solved'], kept: lesson.kept === true, words };
  }
  return { ...noProgress, lessons };
}

/** Both together: what was solved in either. */
export function mergeProgress(a: Progress, b: Progress): Progress {
  let merged = a;
  for (const [name, lesson] of Object.entries(b.lessons)) {
    for (const [kind, seeds] of Object.entries(lesson.solved)) {
      for (const seed of seeds) merged = withSolved(merged, name, kind as QuestionKind, seed);
    }
    const mine = lessonOf(merged, name);
    merged = withLesson(merged, name, { kept: mine.kept || lesson.kept, words: mine.words || lesson.words });
  }
  return merged;
}
