import { statSync } from 'node:fs';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The files that take longest, longest first. */
const long = [
  'test/browser/compile.test.ts',
  'examples/test/learning.test.ts',
  'site/test/browser/',
  'test/docs/documents.test.ts',
  'test/browser/',
  'examples/test/models.test.ts',
  'packages/cli/test/',
  'test/package/',
  'examples/test/',
  'packages/transform/test/',
  'packages/downhill/test/nn/killed.test.ts',
  'packages/downhill/test/compile/',
];

const rank = ({ moduleId, project }: TestSpecification): number => {
  // what shares a worker comes last: many short files, after which no worker waits long for the other
  if (!project.config.isolate) return long.length + 1;
  const path = moduleId.slice(project.config.root.length + 1);
  const place = long.findIndex((start) => path.startsWith(start));
  return place < 0 ? long.length : place;
};

const size = ({ moduleId }: TestSpecification): number => statSync(moduleId).size;

/** Long files start first, so that no worker is left with one at the end; within a rank the larger file. */
export default class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return [...files].sort((a, b) => rank(a) - rank(b) || size(b) - size(a));
  }
}
