/** The lessons in reading order; previous and next follow from it. */
export interface LessonPage {
  readonly path: string;
  readonly title: string;
}

export const LESSONS: readonly LessonPage[] = [{ path: 'lessons/derivatives.html', title: 'Derivatives' }];

/** The steps of a lesson, in order; each is a heading with this id. */
export const STEPS: readonly { readonly id: string; readonly title: string }[] = [
  { id: 'see', title: 'See' },
  { id: 'say', title: 'Say' },
  { id: 'write', title: 'Write' },
  { id: 'compute', title: 'Compute' },
  { id: 'run', title: 'Run' },
  { id: 'break', title: 'Break' },
  { id: 'know', title: 'Know' },
  { id: 'keep', title: 'Keep' },
];
