import { FormulaError } from './errors.ts';
import type { Expression, NumberExpression } from './expression.ts';
import { fold } from './expression.ts';
import { numberText } from './number-text.ts';
import { INFIX, isTruth } from './operations.ts';
import * as Q from './rational.ts';

/** A formula of more nodes than this is refused by the printers: nobody reads it. */
export const MAX_PRINTED = 50_000;

/** How tightly the outermost operation of a piece of text binds. */
const LOGIC = 0;
const SUM = 1;
const PRODUCT = 2;
const POWER = 3;
const ATOM = 4;

interface Piece {
  readonly text: string;
  readonly binds: number;
  /** Begins with a minus sign. */
  readonly negative?: boolean;
}

const wrap = (piece: Piece, least: number): string => (piece.binds < least ? `(${piece.text})` : piece.text);

function printNumber(e: NumberExpression): Piece {
  const text = numberText(e);
  const binds =
    /^[\d.]+(e-?\d+)?$/.test(text) || text.startsWith('(') ? ATOM : /^\d+\^\d+$/.test(text) ? POWER : PRODUCT;
  return { text, binds, negative: text.startsWith('-') };
}

function printSum(args: readonly Piece[]): Piece {
  let text = '';
  args.forEach((arg, i) => {
    // A sum, or a sign that belongs to a longer piece, keeps its parentheses after the first place.
    const shown = i === 0 ? wrap(arg, SUM) : wrap(arg, PRODUCT);
    if (i === 0) text = shown;
    else if (arg.negative && arg.binds >= PRODUCT) text += ` - ${shown.slice(1)}`;
    else text += ` + ${shown}`;
  });
  return { text, binds: SUM, negative: text.startsWith('-') };
}

/** Whether `6` and what follows can touch and still be read as a product of the two. */
function canTouch(next: string): boolean {
  return /^[\p{L}(]/u.test(next) && !/^([eE]\d|where\()/.test(next);
}

function printProduct(node: Expression, args: readonly Piece[]): Piece {
  const first = args[0] as Piece;
  let text = wrap(first, PRODUCT);
  const lead = node.kind === 'call' ? node.args[0] : undefined;
  const isCoefficient = lead?.kind === 'number' && !Q.isZero(lead.value) && /^-?[\d.]+$/.test(first.text);
  for (let i = 1; i < args.length; i++) {
    const factor = wrap(args[i] as Piece, POWER);
    text += i === 1 && isCoefficient && canTouch(factor) ? factor : `*${factor}`;
  }
  return { text, binds: PRODUCT, negative: text.startsWith('-') };
}

function printPower(base: Piece, exponent: Piece): Piece {
  const top = exponent.binds === ATOM ? exponent.text : `(${exponent.text})`;
  return { text: `${wrap(base, ATOM)}^${top}`, binds: POWER };
}

function printCall(node: Expression, name: string, args: readonly Piece[]): Piece {
  const [a, b] = args as [Piece, Piece];
  switch (name) {
    case 'add':
      return printSum(args);
    case 'mul':
      return printProduct(node, args);
    case 'neg': {
      // -(a + b), and -(a*b) where the sign could not be moved into the product.
      const inner = a.binds === PRODUCT && a.negative ? `(${a.text})` : wrap(a, PRODUCT);
      return { text: `-${inner}`, binds: PRODUCT, negative: true };
    }
    case 'div':
      return {
        text: `${wrap(a, PRODUCT)}/${wrap(b, POWER)}`,
        binds: PRODUCT,
        negative: a.binds >= PRODUCT && a.negative === true,
      };
    case 'pow':
      return printPower(a, b);
    case 'not':
      return { text: `not (${a.text})`, binds: LOGIC };
    default:
      break;
  }
  if (isTruth(name)) {
    const logical = name === 'and' || name === 'or';
    const side = (piece: Piece): string => (logical ? `(${piece.text})` : wrap(piece, SUM));
    return { text: `${side(a)} ${INFIX[name]} ${side(b)}`, binds: LOGIC };
  }
  return { text: `${name}(${args.map((arg) => arg.text).join(', ')})`, binds: ATOM };
}

/**
 * A formula as text: `6x - 4`, `2(w - 3)`, `x*sigmoid(w*x + b)`. Reading the text back gives an equal formula.
 *
 * @throws FormulaError `too-large` for a formula of more than {@link MAX_PRINTED} nodes.
 */
export function toText(e: Expression): string {
  if (e.size > MAX_PRINTED) {
    throw new FormulaError('too-large', `the formula has ${e.size} parts; at most ${MAX_PRINTED} are printed`);
  }
  return fold<Piece>(e, (node, args) => {
    switch (node.kind) {
      case 'number':
        return printNumber(node);
      case 'variable':
        return { text: node.name, binds: ATOM };
      case 'constant':
        return { text: node.name, binds: ATOM };
      case 'call':
        return printCall(node, node.name, args);
    }
  }).text;
}
