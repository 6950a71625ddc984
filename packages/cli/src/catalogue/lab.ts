import { type CommandDefinition, define } from '../definition.ts';

/** The Lab, and the lessons as programs. */
export const labCommands: readonly CommandDefinition[] = [
  define({
    name: 'check',
    summary: 'execute the programs and claimed numbers of lessons and evidence cards',
    positional: [
      ['<files...>', 'lessons in Markdown, whose programs run with your rights, so check only what you trust'],
    ],
    options: (command) => command.option('--timeout <seconds>', 'time the programs of one lesson may take', '120'),
    examples: [
      ['check lessons/derivatives.md', 'which numbers do not hold, with their lines'],
      ['check derivatives-card.json', 'an evidence card, computed again'],
      ['check README.md --json', 'for programs'],
    ],
    load: async () => (await import('../commands/check.ts')).check,
  }),
  define({
    name: 'lab',
    summary: 'serve the Lab, the live lessons, on this machine',
    positional: [],
    options: (command) => command.option('--port <n>', 'port to listen on (default: 4173, or the next free one)'),
    examples: [
      ['lab', 'prints the address to open'],
      ['lab --port 8080', 'on a port of your own'],
    ],
    load: async () => (await import('../commands/lab.ts')).lab,
  }),
];
