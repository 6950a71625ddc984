// Runs an example by name: `npm run example first-loop`. Without a name it lists them.
import { readdirSync } from 'node:fs';

const folder = new URL('.', import.meta.url);
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.ts') && file !== 'run.ts')
  .map((file) => file.slice(0, -3));

const [name] = process.argv.slice(2);
if (name !== undefined && names.includes(name)) {
  await import(new URL(`${name}.ts`, folder).href);
} else {
  if (name !== undefined) console.error(`There is no example called ${name}.`);
  console.error(`Examples, for npm run example NAME:\n${names.map((n) => `  ${n}`).join('\n')}`);
  process.exitCode = name === undefined ? 0 : 2;
}
