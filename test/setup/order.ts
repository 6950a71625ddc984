import { statSync } from 'node:fs';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The files that take longest, longest first; the pages of the Lab come after what fills the time of its build. */
const long = [
  'test/browser/compile.test.ts',
  'test/docs/documents.test.ts',
  'examples/test/learning.test.ts',
  'test/package/',
  'examples/test/',
  'site/test/browser/',
  'test/browser/',
  'packages/cli/test/',
  'packages/transform/test/',
  'packages/downhill/test/nn/killed.test.ts',
  'packages/downhill/test/compile/fixtures.test.ts',
  'packages/downhill/test/compile/random.test.ts',
  'site/test/models/questions.test.ts',
  'packages/downhill/test/seed-numbers.test.ts',
  'packages/downhill/test/scale.test.ts',
  'packages/downhill/test/calculus/doctor/diagnose.test.ts',
  'packages/downhill/test/compile/',
];

const rank = ({ moduleId, project }: TestSpecification): number => {
  const path = moduleId.slice(project.config.root.length + 1);
  const place = long.findIndex((start) => path.startsWith(start));
  // what shares a worker comes last: many short files, after which no worker waits long for the other
  return (project.config.isolate ? 0 : long.length + 1) + (place < 0 ? long.length : place);
};

const size = ({ moduleId }: TestSpecification): number => statSync(moduleId).size;

/** Long files start first, so that no worker is left with one at the end; within a rank the larger file. */
export default class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return [...files].sort((a, b) => rank(a) - rank(b) || size(b) - size(a));
  }
}
