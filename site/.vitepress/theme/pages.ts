/** The lessons in reading order; previous and next follow from it. */
export interface LessonPage {
  readonly path: string;
  readonly title: string;
}

export const LESSONS: readonly LessonPage[] = [
  { path: 'lessons/derivatives.html', title: 'Derivatives' },
  { path: 'lessons/gradient.html', title: 'Partial derivatives and the gradient' },
  { path: 'lessons/chain-rule.html', title: 'Chain rule and backpropagation' },
  { path: 'lessons/descent.html', title: 'Gradient descent and the learning rate' },
  { path: 'lessons/adam.html', title: 'Momentum, Adam and schedules' },
];

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

/** What stands in the bar beside the map. */
export const TOOLS: readonly LessonPage[] = [
  { path: 'playground.html', title: 'Playground' },
  { path: 'explore.html', title: 'Explore' },
  { path: 'guide/index.html', title: 'Guide' },
  { path: 'glossary.html', title: 'Glossary' },
  { path: 'claims/index.html', title: 'Ledger' },
];
