import { InputError } from '../errors.ts';

const maxBytes = 4_000_000;

/** The text of a formula given on the command line; `-` stands for standard input. */
export async function readFormula(argument: string): Promise<string> {
  if (argument !== '-') return argument;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin) {
    bytes += (chunk as Buffer).length;
    if (bytes > maxBytes) {
      throw new InputError('too-long', 'standard input is too long for a formula');
    }
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8').trim();
}
