import { Command, Help, type Option } from 'commander';
import { accumulation } from './catalogue/accumulation.ts';
import { descent } from './catalogue/descent.ts';
import { labCommands } from './catalogue/lab.ts';
import { landscapes } from './catalogue/landscapes.ts';
import { slopes } from './catalogue/slopes.ts';
import { tables } from './catalogue/tables.ts';
import { quiet } from './definition.ts';
import type { Terminal } from './terminal.ts';

const version = '0.1.0';

/**
 * The commands with their options and help. `finish` learns which command ran and the exit code it gave; a command's
 * code is loaded only when it runs.
 */
export function createProgram(
  terminal: Terminal,
  finish: (command: string, code: number | undefined) => void,
): Command {
  const program = new Command('downhill')
    .description('Differentiate, explain and descend functions; train models from CSV files.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .addHelpText(
      'after',
      `
Examples:
  downhill derive "3x^2 - 4x" --at x=1
  downhill descend "(w-3)^2" --from w=0 --lr 0.2 --steps 6
  downhill train examples/data/breast-cancer.csv --target diagnosis

Exit codes: 0 done; 1 the computation failed (it diverged, for instance);
2 the input cannot be used. "downhill help COMMAND" has more examples.`,
    );
  quiet(program, terminal);

  for (const define of [...slopes, ...accumulation, ...descent, ...landscapes, ...tables, ...labCommands])
    define(program, terminal, finish);
  return program;
}

/**
 * A formula may begin with a minus sign, which would make it look like an option. Everything that is neither a known
 * option nor the value of one, nor begins with two dashes, is moved behind `--`.
 */
export function withPositionalsLast(program: Command, args: readonly string[]): string[] {
  const command = program.commands.find((known) => known.name() === args[0]);
  if (command === undefined || args.includes('--')) return [...args];
  const flags = new Map<string, Option>();
  for (const option of [...command.options, ...new Help().visibleOptions(command)]) {
    if (option.long) flags.set(option.long, option);
    if (option.short) flags.set(option.short, option);
  }
  const options: string[] = [];
  const positionals: string[] = [];
  for (let i = 1; i < args.length; i++) {
    const arg = args[i] as string;
    const option = flags.get(arg);
    if (option !== undefined) {
      options.push(arg);
      const value = args[i + 1];
      if ((option.required || option.optional) && value !== undefined && !flags.has(value)) {
        options.push(value);
        i++;
      }
    } else if (arg.startsWith('--')) options.push(arg);
    else positionals.push(arg);
  }
  return [args[0] as string, ...options, '--', ...positionals];
}
