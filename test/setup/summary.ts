import { mkdirSync, writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

/** Closes a run with one line that people and scripts read alike, kept in out/test-summary.txt as well. */
export default class Summary implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const count = { passed: 0, failed: 0, skipped: 0 };
    const again: string[] = [];
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      for (const test of tests) {
        const { state } = test.result();
        if (state !== 'pending') count[state]++;
        if (test.diagnostic()?.flaky) again.push(test.fullName);
      }
      // a file that cannot be loaded holds no tests, and is a failure all the same
      if (module.state() === 'failed' && !tests.some((t) => t.result().state === 'failed')) count.failed++;
    }
    const line = `${count.passed} passed, ${count.failed} failed${count.skipped ? `, ${count.skipped} skipped` : ''}`;
    for (const name of again) console.log(`passed on a second try: ${name}`);
    mkdirSync('out', { recursive: true });
    writeFileSync('out/test-summary.txt', `${line}\n`);
    console.log(`\n${line}`);
  }
}
