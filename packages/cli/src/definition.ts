import { Command } from 'commander';
import type { Terminal } from './terminal.ts';

/** What every command gets besides its own options. */
export interface CommandContext {
  terminal: Terminal;
  json: boolean;
}

/** A command's code: prints its result and gives the exit code, 0 when it returns nothing. */
export type CommandAction<Options, Argument = string> = (
  argument: Argument,
  options: Options,
  context: CommandContext,
) => Promise<number | undefined>;

interface Definition<Options, Argument> {
  name: string;
  summary: string;
  /** The arguments with what they are; with several, or with `[files...]`, the command's code gets a list. */
  positional: readonly (readonly [string, string])[];
  options: (command: Command) => Command;
  examples: [string, string][];
  load: () => Promise<CommandAction<Options, Argument>>;
}

/** Adds one command to the program. */
export type CommandDefinition = (
  program: Command,
  terminal: Terminal,
  finish: (command: string, code: number | undefined) => void,
) => void;

/** A command from its name, options, help and code; the code is loaded only when it runs. */
export function define<Options, Argument = string>(definition: Definition<Options, Argument>): CommandDefinition {
  return (program, terminal, finish) => {
    const { name, summary, positional, options, examples, load } = definition;
    const command = new Command(name).description(`${summary[0]?.toUpperCase()}${summary.slice(1)}.`);
    command.summary(summary);
    for (const argument of positional) command.argument(...argument);
    quiet(command, terminal);
    command.helpOption('-h, --help', 'show help');
    options(command).option('--json', 'print one JSON document instead of text');
    const lines = examples.map(([line, what]) => `  # ${what}\n  ${continued(`downhill ${line}`)}`);
    command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
    command.action(async (...parts: unknown[]) => {
      const given = parts.at(-2) as Options & { json?: boolean };
      const argument = (positional.length === 1 ? parts[0] : parts.slice(0, -2)) as Argument;
      const action = await load();
      finish(name, await action(argument, given, { terminal, json: given.json === true }));
    });
    program.addCommand(command);
  };
}

/** A command line broken before an option, as a shell takes it, when it is wider than a terminal. */
function continued(line: string): string {
  if (line.length <= 76) return line;
  const cut = line.lastIndexOf(' --', 74);
  return `${line.slice(0, cut)} \\\n    ${line.slice(cut + 1)}`;
}

/** Commander says nothing by itself: what it would print is reworded by the caller. */
export function quiet(command: Command, terminal: Terminal): void {
  command
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text),
      writeErr: () => {},
      getOutHelpWidth: () => terminal.width,
    })
    .configureHelp({ helpWidth: terminal.width, subcommandTerm: (sub) => sub.name() })
    .showSuggestionAfterError(true);
}
