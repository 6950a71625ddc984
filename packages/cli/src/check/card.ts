import { verifyCard } from 'downhill/evidence';
import { InputError } from '../errors.ts';
import type { CheckedBlock } from './check.ts';

/** Every place of a card is in its one line: cards are written by programs. */
const LINE = 1;

/**
 * Computes an evidence card of the Lab again and says which of its numbers are not what the engine finds.
 * @throws InputError `not-a-card` for JSON that is none
 */
export function checkCard(file: string, text: string): CheckedBlock[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InputError('not-a-card', `${file}: no evidence card: this is not JSON`);
  }
  const verification = verifyCard(value);
  if (verification.verdict === 'unreadable')
    throw new InputError('not-a-card', `${file}: no evidence card: ${verification.message}`);
  if (verification.verdict === 'holds')
    return Array.from({ length: verification.kept }, () => ({ file, line: LINE, ok: true }));
  return verification.faults.map(({ field, said, is }) => ({
    file,
    line: LINE,
    ok: false,
    expected: `${field} ${said}`,
    actual: is,
  }));
}
