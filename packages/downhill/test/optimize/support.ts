import { readFileSync } from 'node:fs';

/** A file of reference numbers, as it is. */
export const readJson = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8')) as T;
