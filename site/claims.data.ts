/** The ledger, read while the site is built. */
import { readFileSync } from 'node:fs';
import { type Claim, readClaims } from './models/claims.ts';

export declare const data: readonly Claim[];

export default {
  watch: ['./claims/*.md'],
  load: (files: string[]): Claim[] =>
    files
      .filter((file) => !file.endsWith('index.md'))
      .sort()
      .flatMap((file) => readClaims(readFileSync(file, 'utf8'), `claims/${file.replace(/^.*[/\\]|\.md$/g, '')}`)),
};
