/** Where the names of a claim come from, in this order; a name that two entries share is the first one's. */
const ENTRIES = [
  'downhill',
  'downhill/calculus',
  'downhill/optimize',
  'downhill/linalg',
  'downhill/metrics',
  'downhill/distributions',
  'downhill/ode',
  'downhill/nn',
  'downhill/data',
  'downhill/formula',
] as const;

let known: Promise<ReadonlyMap<string, string>> | undefined;

async function readNames(): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  for (const entry of ENTRIES) {
    for (const name of Object.keys((await import(entry)) as object)) if (!names.has(name)) names.set(name, entry);
  }
  return names;
}

/** A program that prints the value of an expression, with what the expression needs of Downhill imported. */
export async function programOf(expression: string): Promise<string> {
  known ??= readNames();
  const names = await known;
  const entries = new Map<string, Set<string>>();
  for (const [, before, name] of expression.matchAll(/(\.\s*)?([A-Za-z_$][\w$]*)/g)) {
    const entry = before === undefined ? names.get(name as string) : undefined;
    if (entry === undefined) continue;
    const used = entries.get(entry) ?? new Set();
    entries.set(entry, used.add(name as string));
  }
  const imports = [...entries].map(([entry, used]) => `import { ${[...used].join(', ')} } from '${entry}'; `).join('');
  return `'use math'; ${imports}console.log(${expression});\n`;
}
