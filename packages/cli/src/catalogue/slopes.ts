import { type CommandDefinition, define } from '../definition.ts';

/** Slopes, and how they come about. */
export const slopes: readonly CommandDefinition[] = [
  define({
    name: 'derive',
    summary: 'value, gradient and derivatives of a formula at a point',
    positional: [['<formula>', 'the function, for example "3x^2 - 4x"']],
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
    load: async () => (await import('../commands/derive.ts')).derive,
  }),
  define({
    name: 'explain',
    summary: 'the chain rule, step by step, as backpropagation runs it',
    positional: [['<formula>', 'the function, for example "(2x+1)^2"']],
    options: (command) =>
      command
        .requiredOption('--at <point>', 'where, as x=1,y=2')
        .option('--plot <file>', 'draw the graph of the computation (.svg or .png)'),
    examples: [
      ['explain "(2x+1)^2" --at x=3', 'every factor of the chain'],
      ['explain "-log(sigmoid(w*x+b))" --at w=0.5,x=2,b=0.1', 'a neuron and its loss'],
    ],
    load: async () => (await import('../commands/explain.ts')).explain,
  }),
  define({
    name: 'taylor',
    summary: 'Taylor polynomial of a formula, with a guaranteed bound of its error',
    positional: [['<formula>', 'a function of one variable, for example "exp(x)"']],
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
    load: async () => (await import('../commands/taylor.ts')).taylorCommand,
  }),
  define({
    name: 'diagnose',
    summary: "judge somebody's gradient and name the likely mistake",
    positional: [['<formula>', 'the function']],
    options: (command) =>
      command
        .requiredOption('--claim <gradient>', 'the claimed derivatives, as "x=2x,y=3"; formulas or numbers')
        .requiredOption('--at <point>', 'where, as x=1,y=2')
        .option('--step <d>', 'compare what the slope promises over a step of this length')
        .option('--plot <file>', 'draw the claimed slope beside the tangent (.svg or .png)'),
    examples: [
      ['diagnose "sin(3x)" --claim "x=cos(3x)" --at x=0.4', 'the chain rule forgotten'],
      ['diagnose "x^2*y + y" --claim "x=2x*y, y=x^2" --at x=2,y=3', 'two components'],
      ['diagnose "(w-3)^2" --claim -6 --at w=0 --step 6', 'how far a slope holds'],
    ],
    load: async () => (await import('../commands/diagnose.ts')).diagnoseCommand,
  }),
];
