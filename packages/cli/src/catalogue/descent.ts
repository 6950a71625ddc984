import { type CommandDefinition, define } from '../definition.ts';
import { methods } from '../input/choice.ts';

/** Walking downhill. */
export const descent: readonly CommandDefinition[] = [
  define({
    name: 'descend',
    summary: 'walk downhill from a point, one gradient step after another',
    positional: [['<formula>', 'the function to make small']],
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
    load: async () => (await import('../commands/descend.ts')).descend,
  }),
  define({
    name: 'minimize',
    summary: 'the minimum near a point, by methods that choose their own steps',
    positional: [['<formula>', 'the function to make small']],
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
    load: async () => (await import('../commands/minimize.ts')).minimize,
  }),
  define({
    name: 'stability',
    summary: 'learning rates that are stable near a point, from the Hessian',
    positional: [['<formula>', 'the function to descend']],
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
    load: async () => (await import('../commands/stability.ts')).stabilityCommand,
  }),
];
