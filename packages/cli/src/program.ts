import { Command, Help, type Option } from 'commander';
import { methods } from './input/choice.ts';
import type { Terminal } from './terminal.ts';

/** What every command gets besides its own options. */
export interface CommandContext {
  terminal: Terminal;
  json: boolean;
}

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

  add(program, terminal, finish, {
    name: 'derive',
    summary: 'value, gradient and derivatives of a formula at a point',
    positional: ['<formula>', 'the function, for example "3x^2 - 4x"'],
    options: (command) =>
      command
        .requiredOption('--at <point>', 'where, as x=1,y=2')
        .option('--wrt <names>', 'variables to differentiate, as x,y (default: all)')
        .option('--order <n>', '1 for the gradient, 2 for the Hessian too', '1')
        .option('--quotients', 'difference quotients that approach the derivative')
        .option('--range <range>', 'part of the axis to plot, as x=0:3')
        .option('--plot <file>', 'draw function and tangent (.svg or .png)')
        .option('--plot-errors <file>', 'draw the error of difference quotients against the step'),
    examples: [
      ['derive "3x^2 - 4x" --at x=1', 'slope at 1, and the derivative'],
      ['derive "3x^2 - 4x" --at x=1 --quotients', 'the limit that defines it'],
      ['derive "x^2*y + sin(y)" --at x=1,y=2 --order 2', 'gradient and Hessian'],
      ['derive "sigmoid(w*x+b)" --at w=1,x=2,b=0 --wrt w', 'one partial derivative'],
      ['derive "3x^2 - 4x" --at x=1 --plot tangent.svg', 'a picture'],
    ],
    load: async () => (await import('./commands/derive.ts')).derive,
  });

  add(program, terminal, finish, {
    name: 'explain',
    summary: 'the chain rule, step by step, as backpropagation runs it',
    positional: ['<formula>', 'the function, for example "(2x+1)^2"'],
    options: (command) => command.requiredOption('--at <point>', 'where, as x=1,y=2'),
    examples: [
      ['explain "(2x+1)^2" --at x=3', 'every factor of the chain'],
      ['explain "-log(sigmoid(w*x+b))" --at w=0.5,x=2,b=0.1', 'a neuron and its loss'],
    ],
    load: async () => (await import('./commands/explain.ts')).explain,
  });

  add(program, terminal, finish, {
    name: 'taylor',
    summary: 'Taylor polynomial of a formula, with a guaranteed bound of its error',
    positional: ['<formula>', 'a function of one variable, for example "exp(x)"'],
    options: (command) =>
      command
        .requiredOption('--around <point>', 'the point of expansion, as x=0')
        .option('--order <n>', 'degree of the polynomial, 0 to 200', '4')
        .option('--on <range>', 'where to bound the error, as x=-1:1 (default: 1 to either side)')
        .option('--plot <file>', 'draw the polynomials over the function (.svg or .png)'),
    examples: [
      ['taylor "sin(x)" --around x=0 --order 5', 'coefficients, polynomial, remainder'],
      ['taylor "log(1+x)" --around x=0 --order 8 --on x=-0.5:0.5', 'the error on a range'],
      ['taylor "1/(1+x^2)" --around x=0 --order 8 --plot taylor.svg', 'past the radius of convergence'],
    ],
    load: async () => (await import('./commands/taylor.ts')).taylorCommand,
  });

  add(program, terminal, finish, {
    name: 'descend',
    summary: 'walk downhill from a point, one gradient step after another',
    positional: ['<formula>', 'the function to make small'],
    options: (command) =>
      command
        .requiredOption('--from <point>', 'where to start, as x=1,y=2')
        .requiredOption('--lr <rate>', 'learning rate, a positive number')
        .option('--steps <n>', 'number of steps', '100')
        .option('--method <name>', `one of ${methods.join(', ')}`, 'gd')
        .option(
          '--schedule <name>',
          'how the rate changes: constant, linear, cosine, exponential:0.95, step:30:0.5, inverse-time:0.01, restarts:10, one-cycle, warmup:10 or warmup-cosine:10',
          'constant',
        )
        .option('--all', 'print every step instead of a selection')
        .option('--plot <file>', 'draw the path (one or two variables), else the loss (.svg or .png)')
        .option('--plot-loss <file>', 'draw the loss curve (.svg or .png)'),
    examples: [
      ['descend "(w-3)^2" --from w=0 --lr 0.2 --steps 6', 'six steps'],
      ['descend "(w-3)^2" --from w=0 --lr 1.1 --steps 20', 'a rate too large'],
      ['descend "(a-3)^2 + (b+1)^2" --from a=0,b=0 --lr 0.1 --method adam', 'Adam'],
      ['descend "x^2 + 10y^2" --from x=5,y=1 --lr 0.1 --steps 50 --schedule cosine', 'a rate that falls'],
      ['descend "x^2 + 10y^2" --from x=5,y=1 --lr 0.09 --steps 40 --plot path.svg', 'zigzag across a narrow valley'],
    ],
    load: async () => (await import('./commands/descend.ts')).descend,
  });

  add(program, terminal, finish, {
    name: 'minimize',
    summary: 'the minimum near a point, by methods that choose their own steps',
    positional: ['<formula>', 'the function to make small'],
    options: (command) =>
      command
        .requiredOption('--from <point>', 'where to start, as x=1,y=2')
        .option(
          '--method <name>',
          'auto, gradient-descent, conjugate-gradient, bfgs, lbfgs, lbfgsb, newton, newton-cg or nelder-mead',
          'auto',
        )
        .option('--bounds <ranges>', 'where the variables must stay, as x=0:1,y=-inf:3')
        .option('--tolerance <number>', 'largest component of the gradient that counts as zero', '1e-8')
        .option('--steps <n>', 'most iterations', '1000')
        .option('--all', 'print every iteration instead of a selection')
        .option('--plot <file>', 'draw the path (one or two variables), else the value (.svg or .png)'),
    examples: [
      ['minimize "(1-x)^2 + 100(y-x^2)^2" --from x=-1.2,y=1', 'Rosenbrock by BFGS'],
      ['minimize "x^4 - 3x" --from x=2 --method newton', 'Newton in a region of trust'],
      ['minimize "(x-3)^2 + (y+1)^2" --from x=0,y=0 --bounds x=0:2,y=0:inf', 'inside a box'],
    ],
    load: async () => (await import('./commands/minimize.ts')).minimize,
  });

  add(program, terminal, finish, {
    name: 'stability',
    summary: 'learning rates that are stable near a point, from the Hessian',
    positional: ['<formula>', 'the function to descend'],
    options: (command) =>
      command
        .requiredOption('--at <point>', 'where, as x=1,y=2')
        .option('--momentum <b>', 'momentum of the heavy ball, from 0 to below 1', '0')
        .option('--lr <rate>', 'a learning rate to judge')
        .option('--plot <file>', 'draw the factor per step against the learning rate (.svg or .png)'),
    examples: [
      ['stability "(w-3)^2" --at w=0 --lr 0.9', 'is 0.9 stable?'],
      ['stability "x^2 + 10y^2" --at x=5,y=1 --momentum 0.9', 'with momentum'],
    ],
    load: async () => (await import('./commands/stability.ts')).stabilityCommand,
  });

  add(program, terminal, finish, {
    name: 'convexity',
    summary: 'convex, concave or neither, with a proof or a counterexample',
    positional: ['<formula>', 'the function, for example "sin(x) + x^2"'],
    options: (command) =>
      command
        .option('--on <ranges>', 'a box, as x=-3:3,y=0:1; ends may be inf (default: all space)')
        .option('--budget <n>', 'parts of the box to examine at most', '4000')
        .option('--plot <file>', 'draw the graph and a chord (.svg or .png)'),
    examples: [
      ['convexity "sin(x) + x^2"', 'certified, with bounds on the second derivative'],
      ['convexity "x*y"', 'refuted with two points'],
      ['convexity "x^4 - x^2" --on x=1:3 --plot chord.svg', 'on a range, with a picture'],
    ],
    load: async () => (await import('./commands/convexity.ts')).convexityCommand,
  });

  add(program, terminal, finish, {
    name: 'critical',
    summary: 'all minima, maxima and saddles in a box, with proofs',
    positional: ['<formula>', 'the function, for example "x^3 - 3x"'],
    options: (command) =>
      command
        .requiredOption('--on <ranges>', 'the box to search, as x=-3:3,y=0:1')
        .option('--budget <n>', 'parts of the box to examine at most', '20000')
        .option('--plot <file>', 'draw them on the curve or over contours (.svg or .png)'),
    examples: [
      ['critical "x^3 - 3x" --on x=-3:3', 'a minimum and a maximum'],
      ['critical "(x^2+y-11)^2 + (x+y^2-7)^2" --on x=-6:6,y=-6:6 --plot nine.svg', "Himmelblau's nine"],
    ],
    load: async () => (await import('./commands/critical.ts')).criticalCommand,
  });

  add(program, terminal, finish, {
    name: 'diagnose',
    summary: "judge somebody's gradient and name the likely mistake",
    positional: ['<formula>', 'the function'],
    options: (command) =>
      command
        .requiredOption('--claim <gradient>', 'the claimed derivatives, as "x=2x,y=3"; formulas or numbers')
        .requiredOption('--at <point>', 'where, as x=1,y=2')
        .option('--step <d>', 'compare what the slope promises over a step of this length'),
    examples: [
      ['diagnose "sin(3x)" --claim "x=cos(3x)" --at x=0.4', 'the chain rule forgotten'],
      ['diagnose "x^2*y + y" --claim "x=2x*y, y=x^2" --at x=2,y=3', 'two components'],
      ['diagnose "(w-3)^2" --claim -6 --at w=0 --step 6', 'how far a slope holds'],
    ],
    load: async () => (await import('./commands/diagnose.ts')).diagnoseCommand,
  });

  add(program, terminal, finish, {
    name: 'roc',
    summary: 'ROC curve, area under it and average precision of scored examples',
    positional: ['<file>', 'CSV file with a header, or - for standard input'],
    options: (command) =>
      command
        .requiredOption('--score <column>', 'column of scores; higher means positive')
        .requiredOption('--label <column>', 'column of true classes, two values')
        .option('--weight <column>', 'column of example weights')
        .option('--positive <value>', 'the label that counts as positive (default: the later one)')
        .option('--all', 'print every threshold instead of a selection')
        .option('--plot <file>', 'draw the curve (.svg or .png)'),
    examples: [
      ['roc scores.csv --score score --label label', 'area and thresholds'],
      ['roc scores.csv --score p --label outcome --positive yes --plot roc.png', 'a picture'],
    ],
    load: async () => (await import('./commands/roc.ts')).roc,
  });

  add(program, terminal, finish, {
    name: 'train',
    summary: 'fit a model to a CSV file and judge it on rows it has not seen',
    positional: ['<file>', 'CSV file with a header, or - for standard input'],
    options: (command) =>
      command
        .requiredOption('--target <column>', 'column to predict')
        .option('--model <name>', 'linear or logistic (default: by the target)')
        .option('--positive <value>', 'the class that counts as positive (default: the later one)')
        .option('--drop <columns>', 'columns to leave out, as id,name')
        .option('--categorical <columns>', 'columns of numbers to treat as categories')
        .option('--missing <policy>', 'refuse, or drop rows with missing values', 'refuse')
        .option('--optimizer <name>', `one of ${methods.join(', ')}`, 'adam')
        .option('--lr <rate>', 'learning rate', '0.05')
        .option('--steps <n>', 'number of steps over all training rows', '500')
        .option('--l2 <strength>', 'ridge penalty (default: 1/rows if logistic, else 0)')
        .option('--test <share>', 'share of rows kept for the test', '0.25')
        .option('--key <n>', 'key of the random split', '0')
        .option('--out <dir>', 'directory for model.json and report.html', 'out')
        .option('--plot <file>', 'draw the loss curve (.svg or .png)'),
    examples: [
      ['train examples/data/breast-cancer.csv --target diagnosis', 'a classifier'],
      ['train examples/data/diabetes.csv --target progression', 'a regression'],
      ['train mine.csv --target price --drop id --missing drop --out result', 'your own file'],
    ],
    load: async () => (await import('./commands/train.ts')).train,
  });

  return program;
}

/** A command's code: prints its result and gives the exit code, 0 when it returns nothing. */
export type CommandAction<Options> = (
  argument: string,
  options: Options,
  context: CommandContext,
) => Promise<number | undefined>;

interface CommandDefinition<Options> {
  name: string;
  summary: string;
  positional: [string, string];
  options: (command: Command) => Command;
  examples: [string, string][];
  load: () => Promise<CommandAction<Options>>;
}

function add<Options>(
  program: Command,
  terminal: Terminal,
  finish: (command: string, code: number | undefined) => void,
  definition: CommandDefinition<Options>,
): void {
  const { name, summary, positional, options, examples, load } = definition;
  const command = new Command(name).description(`${summary[0]?.toUpperCase()}${summary.slice(1)}.`);
  command.summary(summary).argument(...positional);
  quiet(command, terminal);
  command.helpOption('-h, --help', 'show help');
  options(command).option('--json', 'print one JSON document instead of text');
  const lines = examples.map(([line, what]) => `  # ${what}\n  ${continued(`downhill ${line}`)}`);
  command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
  command.action(async (argument: string, given: Options & { json?: boolean }) => {
    const action = await load();
    finish(name, await action(argument, given, { terminal, json: given.json === true }));
  });
  program.addCommand(command);
}

/** A command line broken before an option, as a shell takes it, when it is wider than a terminal. */
function continued(line: string): string {
  if (line.length <= 76) return line;
  const cut = line.lastIndexOf(' --', 74);
  return `${line.slice(0, cut)} \\\n    ${line.slice(cut + 1)}`;
}

function quiet(command: Command, terminal: Terminal): void {
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
