/** Questions about graphs of operations: what flows back to a node, and the gradient of a neuron. */
import { explain } from 'downhill/calculus';
import { formula } from 'downhill/formula';
import type { Chance } from '../../chance.ts';
import { show, typeset } from '../../numbers.ts';
import { chainLines, tidy, workedDerivative } from '../solution.ts';
import type { QuestionKind } from '../types.ts';
import { showPoint, shuffle } from '../writing.ts';

interface Of {
  readonly id?: string;
  readonly name?: string;
}

interface Graph {
  readonly f: string;
  readonly at: Readonly<Record<string, number>>;
}

/** Small graphs over whole numbers, some with a value that is used twice. */
function graph(c: Chance): Graph {
  const n = (): number => c.nonZero(-3, 3);
  return c.pick<() => Graph>([
    () => ({ f: '(a*b + c)^2', at: { a: n(), b: n(), c: n() } }),
    () => ({ f: '(a + b)*(b + c)', at: { a: n(), b: n(), c: n() } }),
    () => ({ f: 'a*(b - a*c)', at: { a: n(), b: n(), c: n() } }),
    () => ({ f: '(a - b)^2*c', at: { a: n(), b: n(), c: n() } }),
  ])();
}

const nodesOf = ({ f, at }: Graph) => {
  const names = Object.keys(at);
  const call = formula(f, { variables: names }).f as (...args: number[]) => number;
  return explain(call, { names })(...names.map((name) => at[name] as number)).nodes;
};

/** A number: the adjoint of an operation inside a graph. */
export const adjointKind = ({ id = 'adjoint', name = 'What flows back' }: Of = {}): QuestionKind => ({
  id,
  name,
  ask: (c) => {
    // Where every adjoint is 0 or 1 there is nothing to find out.
    const draw = (): { drawn: Graph; node: ReturnType<typeof nodesOf>[number] } => {
      const drawn = graph(c);
      const inside = nodesOf(drawn).filter((n) => n.primitive !== 'input' && Math.abs(n.adjoint as number) > 1);
      return inside.length === 0 ? draw() : { drawn, node: c.pick(inside) };
    };
    const { drawn, node } = draw();
    const nodes = nodesOf(drawn);
    const value = (node.adjoint as number) + 0;
    const part = tidy(node.expression);
    const mistakes = [
      {
        value: (node.value as number) + 0,
        message: 'That is the value of the node, which flows forwards. Asked is what flows back.',
      },
      ...nodes
        .filter((n) => n.primitive === 'input')
        .map((n) => ({
          value: (n.adjoint as number) + 0,
          message: `That flows back as far as ${n.expression}; stop at ${part}.`,
        })),
    ].filter((m) => m.value !== value && m.value !== -value);
    return {
      prompt: `f = ${typeset(drawn.f)} at ${showPoint(drawn.at)}. What flows back to the node ${part}, that is: what is ∂f/∂(${part})?`,
      answer: { type: 'number', label: `∂f/∂(${part}) =`, value, mistakes },
      hints: [
        'First forwards: compute every value. Then begin at the result with 1, and multiply by each local slope on the way back.',
        `Give ${part} a name of its own, and differentiate by it alone.`,
      ],
      shown: `${show(value)} flows back to ${part}`,
      solution: ['Backwards through the graph:', ...chainLines(drawn.f, drawn.at)],
    };
  },
});

/** A number: the gradient of a sigmoid neuron's cross-entropy by its weight or bias. */
export const neuronKind = ({ id = 'neuron', name = 'Gradient of a neuron' }: Of = {}): QuestionKind => ({
  id,
  name,
  ask: (c) => {
    const [w, x, y] = [c.nonZero(-4, 4) / 2, c.nonZero(-3, 3), c.whole(0, 1)];
    const b = c.whole(-2, 2) / 2;
    const by = c.pick(['w', 'b'] as const);
    const at = { b, w };
    const u = `w*${x < 0 ? `(${x})` : x} + b`;
    const f = y === 1 ? `-log(sigmoid(${u}))` : `-log(1 - sigmoid(${u}))`;
    const read = formula(f, { variables: ['b', 'w'] });
    const value = read.derivative(by).at(at);
    const yHat = formula(`sigmoid(${u})`, { variables: ['b', 'w'] }).at(at);
    const [slope, sloping] = [yHat - y, yHat * (1 - yHat)];
    const along = by === 'w' ? x : 1;
    const patient = { f, at, by };
    return {
      prompt: `A neuron says ŷ = σ(w·x + b). Here x = ${show(x)}, w = ${show(w)}, b = ${show(b)}, so ŷ = ${show(yHat, 4)}; the truth is y = ${y}, and the loss is −log(${y === 1 ? 'ŷ' : '1 − ŷ'}). What is ∂loss/∂${by}, to three digits?`,
      answer: {
        type: 'number',
        label: `∂loss/∂${by} =`,
        value,
        tolerance: 1e-3,
        mistakes: [
          {
            value: slope * sloping * along,
            message: 'The factor σ′ = ŷ(1 − ŷ) stands there twice: in this loss it cancels.',
          },
          ...(by === 'w'
            ? [{ value: slope, message: 'That is ∂loss/∂b. The weight is multiplied by x: so is its gradient.' }]
            : [{ value: slope * x, message: 'That is ∂loss/∂w. The bias is not multiplied by x.' }]),
          { value: yHat * along, message: 'The truth y is missing: the gradient begins with ŷ − y.' },
        ].filter((m) => Math.abs(m.value - value) > 2e-3),
      },
      hints: [
        'Backwards: the loss by ŷ, ŷ by u = w·x + b, u by the parameter. Two of the factors cancel.',
        `What is left is (ŷ − y) times ${by === 'w' ? 'x' : '1'}.`,
      ],
      shown: `∂loss/∂${by} = ${show(value, 4)}`,
      solution: [
        `∂loss/∂u = ŷ − y = ${show(yHat, 4)} − ${y} = ${show(slope, 4)}`,
        `∂u/∂${by} = ${by === 'w' ? `x = ${show(x)}` : '1'}`,
        `∂loss/∂${by} = ${show(value, 4)}`,
        ...workedDerivative(f, at, by).slice(2),
      ],
      patient,
    };
  },
});

/** A choice: the local slope that an operation multiplies with on the way back. */
export const localSlopeKind = ({ id = 'local', name = 'Local slopes' }: Of = {}): QuestionKind => ({
  id,
  name,
  ask: (c) => {
    const [a, b] = [c.whole(2, 6), c.whole(2, 6) + 6];
    const at = `a = ${show(a)}, b = ${show(b)}`;
    const { operation, right, others } = c.pick([
      {
        operation: 'a·b',
        right: { text: `∂/∂a = ${b}, ∂/∂b = ${a}`, why: 'Each factor’s slope is the other factor.' },
        others: [
          { text: `∂/∂a = ${a}, ∂/∂b = ${b}`, why: 'Each factor was given its own value; its slope is the other one.' },
          { text: '∂/∂a = 1, ∂/∂b = 1', why: 'These are the slopes of a sum.' },
          { text: `∂/∂a = ${a * b}, ∂/∂b = ${a * b}`, why: 'That is the value of the product.' },
        ],
      },
      {
        operation: 'a/b',
        right: {
          text: `∂/∂a = 1/${b}, ∂/∂b = −${a}/${b * b}`,
          why: 'The numerator is divided by b; the denominator’s slope is −a/b².',
        },
        others: [
          {
            text: `∂/∂a = 1/${b}, ∂/∂b = ${a}/${b * b}`,
            why: 'A larger denominator makes the quotient smaller: the sign is missing.',
          },
          { text: `∂/∂a = ${b}, ∂/∂b = ${a}`, why: 'These are the slopes of a product.' },
          { text: `∂/∂a = 1/${b}, ∂/∂b = −${a}/${b}`, why: 'The denominator has to be squared.' },
        ],
      },
      {
        operation: 'a − b',
        right: { text: '∂/∂a = 1, ∂/∂b = −1', why: 'What is subtracted has the slope −1, whatever the values.' },
        others: [
          { text: '∂/∂a = 1, ∂/∂b = 1', why: 'These are the slopes of a sum: the minus sign is missing.' },
          {
            text: `∂/∂a = ${a}, ∂/∂b = −${b}`,
            why: 'These are the values. The slopes of a difference do not depend on them.',
          },
          { text: `∂/∂a = ${b}, ∂/∂b = ${a}`, why: 'These are the slopes of a product.' },
        ],
      },
      {
        operation: 'a²·b',
        right: { text: `∂/∂a = ${2 * a * b}, ∂/∂b = ${a * a}`, why: '2ab for a, and a² for b.' },
        others: [
          {
            text: `∂/∂a = ${2 * a}, ∂/∂b = 1`,
            why: 'The other factor is missing: it stays when one is differentiated.',
          },
          { text: `∂/∂a = ${a * b}, ∂/∂b = ${a * a}`, why: 'The exponent 2 did not come down in front.' },
          { text: `∂/∂a = ${a * a}, ∂/∂b = ${2 * a * b}`, why: 'The two stand in each other’s place.' },
        ],
      },
    ]);
    const { list, places } = shuffle(c, [right, ...others]);
    return {
      prompt: `The operation ${operation} gets ${at}. With which local slopes does it multiply what flows back?`,
      answer: { type: 'choice', look: 'options', label: 'Local slopes', options: list, right: places[0] as number },
      hints: ['Move a a little and hold b: by how much does the result move? Then the other way round.'],
      shown: right.text,
      solution: [`${right.text}. ${right.why}`, ...others.map(({ text, why }) => `Not ${text}: ${why}`)],
    };
  },
});
