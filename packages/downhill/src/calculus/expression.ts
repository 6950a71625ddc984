import { type Atom, isVariable, type Program, type Variable } from '../program/program.ts';

/** Text longer than this is replaced by a reference to its node. */
const longest = 60;

/** Operations written between their operands, with their precedence. */
const infix: Readonly<Record<string, readonly [symbol: string, precedence: number]>> = {
  add: ['+', 1],
  sub: ['-', 1],
  mul: ['*', 2],
  div: ['/', 2],
  rem: ['%', 2],
  pow: ['^', 4],
  lt: ['<', 0],
  le: ['<=', 0],
  gt: ['>', 0],
  ge: ['>=', 0],
  eq: ['==', 0],
  ne: ['!=', 0],
};

/** Our names of operations whose Program name differs. */
const renamed: Readonly<Record<string, string>> = {
  select: 'where',
  logistic: 'sigmoid',
  reduce_sum: 'sum',
  reduce_max: 'max',
  reduce_min: 'min',
  reduce_prod: 'prod',
  dot_general: 'dot',
  convert_element_type: 'astype',
  broadcast_in_dim: 'broadcast',
  stop_gradient: 'stopGradient',
};

interface Text {
  readonly text: string;
  readonly precedence: number;
}

const atomic = 9;
const unaryMinus = 3;

const wrap = ({ text, precedence }: Text, least: number): string => (precedence < least ? `(${text})` : text);

function operation(name: string, operands: readonly Text[]): Text {
  const operator = infix[name];
  const [a, b] = operands;
  if (operator && operands.length === 2) {
    const [symbol, precedence] = operator;
    const rightBinds = symbol === '-' || symbol === '/' || symbol === '%' ? precedence + 1 : precedence;
    const left = wrap(a, symbol === '^' ? precedence + 1 : precedence);
    return { text: `${left} ${symbol} ${wrap(b, rightBinds)}`, precedence };
  }
  if (name === 'neg') return { text: `-${wrap(a, unaryMinus)}`, precedence: unaryMinus };
  return { text: `${renamed[name] ?? name}(${operands.map((o) => o.text).join(', ')})`, precedence: atomic };
}

/**
 * A text for every variable of a Program: what it is in terms of the inputs, or of other nodes (`#3`) where that would
 * be long.
 */
export function expressionOf(
  program: Program,
  names: readonly string[],
  ids: ReadonlyMap<Atom, number>,
): Map<Variable, string> {
  const texts = new Map<Variable, Text>();
  program.inputs.forEach((v, i) => texts.set(v, { text: names[i], precedence: atomic }));
  for (const { variable, value } of program.constants) {
    texts.set(variable, { text: `[${value.shape.join('×')} constant]`, precedence: atomic });
  }
  const operand = (atom: Atom): Text => {
    if (!isVariable(atom)) {
      const value = atom.data[0];
      const text = atom.dtype === 'bool' ? String(value !== 0) : String(value);
      return { text, precedence: value < 0 ? unaryMinus : atomic };
    }
    const known = texts.get(atom) as Text;
    return known.text.length <= longest ? known : { text: `#${ids.get(atom)}`, precedence: atomic };
  };
  for (const equation of program.equations) {
    const operands = equation.inputs.map(operand);
    equation.outputs.forEach((v, k) => {
      const { text, precedence } = operation(equation.primitive.name, operands);
      texts.set(
        v,
        equation.outputs.length === 1 ? { text, precedence } : { text: `${text}[${k}]`, precedence: atomic },
      );
    });
  }
  return new Map([...texts].map(([v, { text }]) => [v, text]));
}
