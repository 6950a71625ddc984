/** What a learner has done, as one plain value; where it is kept is the business of `components/store.ts`. */

export interface LessonProgress {
  /** Questions answered right, by kind: the seeds. */
  readonly solved: Readonly<Record<string, readonly number[]>>;
  /** The evidence card that was exported last, as its file has it; `null` while there is none. */
  readonly card: unknown;
  /** The learner's words on the card. */
  readonly words: string;
}

export interface Progress {
  readonly format: 'downhill-progress';
  readonly version: 2;
  readonly lessons: Readonly<Record<string, LessonProgress>>;
}

export const VERSION = 2;
export const noProgress: Progress = { format: 'downhill-progress', version: VERSION, lessons: {} };
export const noLesson: LessonProgress = { solved: {}, card: null, words: '' };

/** Largest file that is read, in characters. */
export const MAX_FILE = 1_000_000;
/** The most characters of the learner's words that are kept. */
export const MAX_WORDS = 2000;
const MAX_LESSONS = 200;
const MAX_KINDS = 100;
const MAX_SEEDS = 5000;

export const lessonOf = (progress: Progress, lesson: string): LessonProgress =>
  Object.hasOwn(progress.lessons, lesson) ? (progress.lessons[lesson] as LessonProgress) : noLesson;

const solvedOf = ({ solved }: LessonProgress, kind: string): readonly number[] =>
  Object.hasOwn(solved, kind) ? (solved[kind] as readonly number[]) : [];

/** How many questions of a kind were answered right. */
export const countOf = (lesson: LessonProgress, kind: string): number => solvedOf(lesson, kind).length;

/** With a lesson changed. */
export const withLesson = (progress: Progress, lesson: string, change: Partial<LessonProgress>): Progress => ({
  ...progress,
  lessons: { ...progress.lessons, [lesson]: { ...lessonOf(progress, lesson), ...change } },
});

/** With a question solved; solving it twice counts once. */
export function withSolved(progress: Progress, lesson: string, kind: string, seed: number): Progress {
  const before = lessonOf(progress, lesson);
  const seeds = solvedOf(before, kind);
  if (seeds.includes(seed) || seeds.length >= MAX_SEEDS) return progress;
  return withLesson(progress, lesson, { solved: { ...before.solved, [kind]: [...seeds, seed] } });
}

export type Stage = 'new' | 'begun' | 'known';

/** Not begun, begun, or known: one right answer of each kind. */
export function stageOf(lesson: LessonProgress, kinds: readonly string[]): Stage {
  const done = kinds.filter((kind) => countOf(lesson, kind) > 0).length;
  if (kinds.length > 0 && done === kinds.length) return 'known';
  return done > 0 || lesson.card !== null || lesson.words !== '' ? 'begun' : 'new';
}

const isRecord = (x: unknown): x is Record<string, unknown> => typeof x === 'object' && x !== null && !Array.isArray(x);
/** Names of lessons and kinds; nothing that an object already has under another meaning. */
const isName = (text: string): boolean => /^[a-z][a-z0-9-]{0,39}$/.test(text) && !(text in Object.prototype);
const isSeeds = (x: unknown): x is number[] =>
  Array.isArray(x) && x.length <= MAX_SEEDS && x.every((n) => Number.isSafeInteger(n) && n >= 0);

/** Whether a value is progress of a version this Lab does not know yet: it must not be written over. */
export const isNewer = (value: unknown): boolean =>
  isRecord(value) &&
  value.format === 'downhill-progress' &&
  typeof value.version === 'number' &&
  value.version > VERSION;

const NOT_OURS = 'this file is not progress saved by the Lab';

/**
 * Progress from a file or from storage, of this version or an older one; a sentence when it is not ours. Nothing of a
 * file is taken when a part of it cannot be read.
 */
export function readProgress(value: unknown): Progress | string {
  if (!isRecord(value) || value.format !== 'downhill-progress') return NOT_OURS;
  const { version } = value;
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1) return NOT_OURS;
  if (isNewer(value)) {
    return `this progress was saved by a newer Lab (version ${version}); this one reads up to ${VERSION}: reload the page`;
  }
  if (!isRecord(value.lessons)) return 'this file lists no lessons';
  const entries = Object.entries(value.lessons);
  if (entries.length > MAX_LESSONS) return `this file lists ${entries.length} lessons; at most ${MAX_LESSONS} are read`;
  const lessons: [string, LessonProgress][] = [];
  for (const [name, lesson] of entries) {
    const read = isName(name) ? readLesson(lesson) : undefined;
    if (read === undefined) return `the lesson ${JSON.stringify(name.slice(0, 40))} in this file cannot be read`;
    lessons.push([name, read]);
  }
  return { ...noProgress, lessons: Object.fromEntries(lessons) };
}

function readLesson(lesson: unknown): LessonProgress | undefined {
  if (!isRecord(lesson) || !isRecord(lesson.solved)) return undefined;
  const solved = Object.entries(lesson.solved);
  if (solved.length > MAX_KINDS || !solved.every(([kind, seeds]) => isName(kind) && isSeeds(seeds))) return undefined;
  return {
    // A seed twice is one question.
    solved: Object.fromEntries(solved.map(([kind, seeds]) => [kind, [...new Set(seeds as number[])]])),
    // Version 1 noted only that a card had been saved, not the card: it can be saved again.
    card: isRecord(lesson.card) ? lesson.card : null,
    words: typeof lesson.words === 'string' ? lesson.words.slice(0, MAX_WORDS) : '',
  };
}

/** The text of a file as progress, or a sentence that says why it is none. */
export function parseProgress(text: string): Progress | string {
  if (text.length > MAX_FILE) return 'it is too large to be progress saved by the Lab';
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return 'it is no JSON file';
  }
  return readProgress(content);
}

/** Both together: what was solved in either; words and cards of `a` where both have some. */
export function mergeProgress(a: Progress, b: Progress): Progress {
  let merged = a;
  for (const [name, lesson] of Object.entries(b.lessons)) {
    for (const [kind, seeds] of Object.entries(lesson.solved)) {
      for (const seed of seeds) merged = withSolved(merged, name, kind, seed);
    }
    const mine = lessonOf(merged, name);
    merged = withLesson(merged, name, { card: mine.card ?? lesson.card, words: mine.words || lesson.words });
  }
  return merged;
}
