import { type CommandDefinition, define } from '../definition.ts';

/** Whole landscapes, with proofs. */
export const landscapes: readonly CommandDefinition[] = [
  define({
    name: 'convexity',
    summary: 'convex, concave or neither, with a proof or a counterexample',
    positional: [['<formula>', 'the function, for example "sin(x) + x^2"']],
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
    load: async () => (await import('../commands/convexity.ts')).convexityCommand,
  }),
  define({
    name: 'critical',
    summary: 'all minima, maxima and saddles in a box, with proofs',
    positional: [['<formula>', 'the function, for example "x^3 - 3x"']],
    options: (command) =>
      command
        .requiredOption('--on <ranges>', 'the box to search, as x=-3:3,y=0:1')
        .option('--budget <n>', 'parts of the box to examine at most', '20000')
        .option('--plot <file>', 'draw them on the curve or over contours (.svg or .png)'),
    examples: [
      ['critical "x^3 - 3x" --on x=-3:3', 'a minimum and a maximum'],
      ['critical "(x^2+y-11)^2 + (x+y^2-7)^2" --on x=-6:6,y=-6:6 --plot nine.svg', "Himmelblau's nine"],
    ],
    load: async () => (await import('../commands/critical.ts')).criticalCommand,
  }),
];
