import { type CommandDefinition, define } from '../definition.ts';

/** The Lab, and the lessons as programs. */
export const labCommands: readonly CommandDefinition[] = [
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
