import { type CommandDefinition, define } from '../definition.ts';

/** What slopes and densities add up to. */
export const accumulation: readonly CommandDefinition[] = [
  define({
    name: 'integrate',
    summary: 'the integral of a formula over a range or a box, with an error estimate',
    positional: [['<formula>', 'the integrand, in one to four variables']],
    options: (command) =>
      command
        .requiredOption('--over <ranges>', 'from where to where, as x=0:1,y=-inf:inf')
        .option('--at <point>', 'values of the other variables, as k=2')
        .option('--tolerance <number>', 'error allowed, absolute or relative (default: 1e-10, over boxes 1e-6)')
        .option('--breaks <numbers>', 'places where the integrand jumps or has a kink, as 0.3,0.5')
        .option('--budget <n>', 'evaluations of the integrand at most', '200000')
        .option('--plot <file>', 'draw the integrand and its sample points (.svg or .png)'),
    examples: [
      ['integrate "exp(-x^2)" --over x=-inf:inf', 'the square root of pi'],
      ['integrate "1/x" --over x=0:1', 'an integral that does not exist'],
      ['integrate "exp(-k*x*y)" --over x=0:1,y=0:2 --at k=3', 'over a box, with a parameter'],
      ['integrate "abs(x-0.3)" --over x=0:1 --breaks 0.3 --plot area.svg', 'a picture'],
    ],
    load: async () => (await import('../commands/integrate.ts')).integrateCommand,
  }),
  define({
    name: 'ode',
    summary: 'solve differential equations from a starting point, with gradients',
    positional: [['<equations>', `one for each variable, for example "x'=v; v'=-x"`]],
    options: (command) =>
      command
        .requiredOption('--from <point>', 'the variables at the start, as x=1,v=0')
        .requiredOption('--over <range>', 'name and range of time, as t=0:10')
        .option('--at <point>', 'values of the parameters, as k=0.3')
        .option('--gradient <names>', 'parameters, or variables for their starting values, as k,x')
        .option('--method <name>', 'tsit5, dopri5, or stiff (Radau)', 'tsit5')
        .option('--tolerance <number>', 'error allowed in a step, absolute and relative', '1e-8')
        .option('--points <n>', 'times to report, evenly spaced', '101')
        .option('--budget <n>', 'evaluations of the equations at most', '200000')
        .option('--all', 'print every time instead of a selection')
        .option('--plot <file>', 'draw the variables against time (.svg or .png)')
        .option('--plot-phase <file>', 'draw two variables against each other, over the direction field'),
    examples: [
      [`ode "y'=-k*y" --from y=1 --over t=0:5 --at k=0.7 --gradient k`, 'decay, and its slope in k'],
      [`ode "x'=v; v'=-x" --from x=1,v=0 --over t=0:10 --plot-phase circle.svg`, 'a phase portrait'],
      [`ode "y'=1000(cos(t)-y)" --from y=0 --over t=0:10 --method stiff`, 'a stiff problem'],
    ],
    load: async () => (await import('../commands/ode.ts')).odeCommand,
  }),
];
