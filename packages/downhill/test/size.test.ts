import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

test('the core, bundled, minified and compressed, stays within 60 KB', () => {
  const script = fileURLToPath(new URL('../../../scripts/bundle-size.mjs', import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(stdout).toMatch(/core +[\d.]+ KB minified, [\d.]+ KB gzip \(limit 60 KB\)/);
  expect(status).toBe(0);
});
