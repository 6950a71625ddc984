import { errorAt, InputError } from '../errors.ts';

export interface WrittenClaim {
  name: string;
  text: string;
}

/** Reads `x=2x, y=max(x, 1)`; with one variable its name may be left out. */
export function parseClaims(text: string, variables: readonly string[]): WrittenClaim[] {
  if (text.trim() === '') throw new InputError('empty-claim', '--claim is empty; write it as x=2x,y=3');
  const parts: { from: number; text: string }[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i <= text.length; i++) {
    const c = text[i];
    if (c === '(') depth++;
    if (c === ')') depth--;
    if (i === text.length || (c === ',' && depth === 0)) {
      parts.push({ from, text: text.slice(from, i) });
      from = i + 1;
    }
  }
  const claims = parts.map((part): WrittenClaim => {
    const found = /^\s*([\p{L}_][\p{L}\p{N}_]*)\s*=(?!=)(.*)$/su.exec(part.text);
    if (found === null) {
      if (parts.length === 1 && variables.length === 1) return { name: variables[0] as string, text: part.text.trim() };
      throw errorAt(
        'bad-claim',
        "--claim needs a variable's name before each formula, as in x=2x,y=3",
        text,
        part.from + 1,
      );
    }
    const [, name = '', claim = ''] = found;
    if (!variables.includes(name)) {
      throw errorAt(
        'unknown-variable',
        `--claim gives a derivative by ${name}, which the formula does not have; its variables: ${variables.join(', ')}`,
        text,
        part.from + 1,
        name.length,
      );
    }
    if (claim.trim() === '')
      throw errorAt('bad-claim', `--claim gives nothing for ${name}`, text, part.from + 1, name.length);
    return { name, text: claim.trim() };
  });
  const twice = claims.find((c, i) => claims.findIndex((other) => other.name === c.name) !== i);
  if (twice !== undefined) throw new InputError('bad-claim', `--claim gives ${twice.name} twice`);
  return claims;
}
