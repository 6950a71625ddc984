/** The build fails for a lesson that says "always" without the ledger's backing. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { guard, readClaims } from '../models/claims.ts';

const site = fileURLToPath(new URL('..', import.meta.url));
const pagesOf = (folder: string): string[] =>
  readdirSync(join(site, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));

/** Ids of all claims; the same id twice is refused. */
export function ledgerIds(): Set<string> {
  const ids = new Set<string>();
  for (const page of pagesOf('claims')) {
    for (const { id } of readClaims(readFileSync(join(site, page), 'utf8'), page)) {
      if (ids.has(id)) throw new Error(`${page}: the ledger has two claims "${id}"`);
      ids.add(id);
    }
  }
  return ids;
}

/** @throws Error with file and line of each statement that has no entry */
export function checkLessons(): void {
  const ids = ledgerIds();
  const faults = [...pagesOf('lessons'), ...pagesOf('template')].flatMap((page) =>
    guard(readFileSync(join(site, page), 'utf8'), ids).map(({ line, message }) => `${page}:${line}: ${message}`),
  );
  if (faults.length > 0) throw new Error(`The lessons say more than the ledger holds:\n${faults.join('\n')}`);
}
