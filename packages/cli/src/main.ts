import { CommanderError } from 'commander';
import { InputError, reportOf } from './errors.ts';
import { toJson } from './output/json.ts';
import { createProgram, withPositionalsLast } from './program.ts';
import { processTerminal, type Terminal } from './terminal.ts';

/** Exit codes: the answer, a computation that failed but printed what it has, input that cannot be used. */
export const exitCode = { ok: 0, failed: 1, badInput: 2 } as const;

/** Runs one command line and gives the exit code; nothing is thrown. */
export async function run(args: readonly string[], terminal: Terminal = processTerminal()): Promise<number> {
  const json = args.includes('--json');
  let command = '';
  try {
    let code: number = exitCode.ok;
    const program = createProgram(terminal, (name, result) => {
      command = name;
      code = result ?? exitCode.ok;
    });
    if (args.length === 0) {
      terminal.out(program.helpInformation());
      return exitCode.ok;
    }
    command = program.commands.some((known) => known.name() === args[0]) ? (args[0] as string) : '';
    await program.parseAsync(withPositionalsLast(program, args), { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return exitCode.ok;
    return fail(error, { json, command, terminal });
  }
}

function fail(
  error: unknown,
  { json, command, terminal }: { json: boolean; command: string; terminal: Terminal },
): number {
  const deliberate = error instanceof CommanderError ? commanderFault(error, command) : error;
  const report = reportOf(deliberate);
  const name = command === '' ? 'downhill' : `downhill ${command}`;
  if (report === undefined) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    terminal.err(`${name}: unexpected failure, please report it\n${message}\n`);
    if (json) {
      terminal.out(toJson({ error: { code: 'internal', message: 'unexpected failure' } }));
    }
    return exitCode.failed;
  }
  terminal.err(`${name}: ${report.message}\n`);
  if (json) {
    // The lines that point into the text are for eyes; `position` says the same to programs.
    const message = report.message.split('\n', 1)[0] as string;
    terminal.out(toJson({ error: { ...report, message } }));
  }
  return exitCode.badInput;
}

/** Commander's own complaints in our words and with our codes. */
function commanderFault(error: CommanderError, command: string): InputError {
  const help = command === '' ? 'downhill --help' : `downhill ${command} --help`;
  const text = error.message
    .replace(/^error: /, '')
    .replace(/\n\(?Did you mean (.*?)\?\)?$/s, '; did you mean $1?')
    .replace(/\.$/, '');
  const missing = /^required option '(--([a-z0-9-]+)[^']*)'/.exec(text);
  if (missing !== null) {
    if (missing[2] === 'at' || missing[2] === 'from') {
      const example = `--${missing[2]} x=1,y=2`;
      return new InputError('missing-point', `a point is needed, as in ${example} (see ${help})`);
    }
    return new InputError('missing-option', `${missing[1]} is required (see ${help})`);
  }
  const code: Record<string, string> = {
    'commander.unknownCommand': 'unknown-command',
    'commander.unknownOption': 'unknown-option',
    'commander.missingArgument': 'missing-argument',
    'commander.optionMissingArgument': 'missing-argument',
    'commander.excessArguments': 'too-many-arguments',
    'commander.invalidArgument': 'bad-argument',
    'commander.conflictingOption': 'conflicting-options',
  };
  return new InputError(code[error.code] ?? 'usage', `${text} (see ${help})`);
}
