import { FormulaError } from './errors.ts';
import type { Expression, NumberExpression } from './expression.ts';
import { fold } from './expression.ts';
import { numberText } from './number-text.ts';
import { isTruth, operation } from './operations.ts';
import * as Q from './rational.ts';
import { MAX_PRINTED } from './text.ts';

const LOGIC = 0;
const SUM = 1;
const PRODUCT = 2;
const POWER = 3;
const ATOM = 4;

interface Piece {
  readonly tex: string;
  readonly binds: number;
  readonly negative?: boolean;
  /** Begins with a digit, so that a factor before it needs a visible sign. */
  readonly digit?: boolean;
  /** A function with its argument, whose power is written on its name: \sin^{2}(x). */
  readonly call?: { readonly name: string; readonly argument: string };
}

const GREEK: ReadonlySet<string> = new Set(
  (
    'alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi ' +
    'omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega'
  ).split(' '),
);

const CONSTANTS: Readonly<Record<string, string>> = {
  pi: '\\pi',
  e: 'e',
  tau: '\\tau',
  inf: '\\infty',
  nan: '\\mathrm{NaN}',
};

const RELATIONS: Readonly<Record<string, string>> = {
  less: '<',
  lessEqual: '\\le',
  greater: '>',
  greaterEqual: '\\ge',
  equal: '=',
  notEqual: '\\ne',
  and: '\\land',
  or: '\\lor',
};

function word(text: string): string {
  if (GREEK.has(text)) return `\\${text}`;
  return [...text].length === 1 ? text : `\\mathrm{${text.replaceAll('_', '\\_')}}`;
}

/** A variable's name: `w1` and `w_1` get a subscript, Greek names their letter, longer words upright type. */
export function variableLatex(name: string): string {
  const parts = /^(\p{L}[\p{L}\p{M}]*?)_?(\p{Nd}+)$/u.exec(name) ?? /^(\p{L}+)_([\p{L}\p{Nd}]+)$/u.exec(name);
  return parts === null ? word(name) : `${word(parts[1] as string)}_{${subscript(parts[2] as string)}}`;
}

const subscript = (text: string): string => (/^\p{Nd}+$/u.test(text) ? text : word(text));

const paren = (tex: string): string => `\\left(${tex}\\right)`;
const wrap = (piece: Piece, least: number): string => (piece.binds < least ? paren(piece.tex) : piece.tex);

function printNumber(e: NumberExpression): Piece {
  const negative = e.value.n < 0n;
  const text = numberText(e);
  let tex: string;
  if (!text.includes('/')) {
    tex = text
      .replaceAll('*', ' \\cdot ')
      .replace(/e(-?\d+)/g, ' \\cdot 10^{$1}')
      .replace(/\^\(?(-?\d+)\)?/g, '^{$1}');
  } else tex = `${negative ? '-' : ''}\\frac{${Q.absolute(e.value).n}}{${e.value.d}}`;
  const plain = /^\d+(\.\d+)?$/.test(tex);
  return { tex, binds: plain ? ATOM : PRODUCT, negative, digit: true };
}

function printSum(args: readonly Piece[]): Piece {
  let tex = '';
  args.forEach((arg, i) => {
    const shown = i === 0 ? wrap(arg, SUM) : wrap(arg, PRODUCT);
    if (i === 0) tex = shown;
    else if (arg.negative && arg.binds >= PRODUCT) tex += ` - ${shown.slice(1)}`;
    else tex += ` + ${shown}`;
  });
  return { tex, binds: SUM, negative: tex.startsWith('-') };
}

function printProduct(args: readonly Piece[]): Piece {
  const first = args[0] as Piece;
  let tex = wrap(first, PRODUCT);
  for (const arg of args.slice(1)) {
    const factor = wrap(arg, POWER);
    const bare = arg.binds >= POWER;
    tex += bare && arg.digit ? ` \\cdot ${factor}` : ` ${factor}`;
  }
  return { tex, binds: PRODUCT, negative: tex.startsWith('-'), digit: first.digit === true };
}

function printPower(base: Piece, exponent: Piece): Piece {
  if (base.call !== undefined && /^\d+$/.test(exponent.tex)) {
    return { tex: `${base.call.name}^{${exponent.tex}}${base.call.argument}`, binds: POWER };
  }
  return {
    tex: `${wrap(base, ATOM)}^{${exponent.tex}}`,
    binds: POWER,
    digit: base.digit === true && base.binds === ATOM,
  };
}

function printQuotient(a: Piece, b: Piece): Piece {
  if (a.negative && a.binds >= PRODUCT) {
    return { tex: `-\\frac{${a.tex.slice(1)}}{${b.tex}}`, binds: PRODUCT, negative: true };
  }
  return { tex: `\\frac{${a.tex}}{${b.tex}}`, binds: PRODUCT, digit: false };
}

function printCall(name: string, args: readonly Piece[]): Piece {
  const [a, b, c] = args as [Piece, Piece, Piece];
  const fenced = (open: string, close: string): Piece => ({
    tex: `\\left${open}${a.tex}\\right${close}`,
    binds: ATOM,
  });
  switch (name) {
    case 'add':
      return printSum(args);
    case 'mul':
      return printProduct(args);
    case 'neg': {
      const inner = a.binds === PRODUCT && a.negative ? paren(a.tex) : wrap(a, PRODUCT);
      return { tex: `-${inner}`, binds: PRODUCT, negative: true };
    }
    case 'div':
      return printQuotient(a, b);
    case 'pow':
      return printPower(a, b);
    case 'sqrt':
      return { tex: `\\sqrt{${a.tex}}`, binds: ATOM };
    case 'cbrt':
      return { tex: `\\sqrt[3]{${a.tex}}`, binds: ATOM };
    case 'abs':
      return fenced('|', '|');
    case 'floor':
      return fenced('\\lfloor ', '\\rfloor');
    case 'ceil':
      return fenced('\\lceil ', '\\rceil');
    case 'exp':
      return { tex: `e^{${a.tex}}`, binds: POWER };
    case 'mod':
      return { tex: `${wrap(a, POWER)} \\bmod ${wrap(b, POWER)}`, binds: SUM };
    case 'where':
      return {
        tex: `\\begin{cases}${b.tex} & \\text{if } ${a.tex} \\\\ ${c.tex} & \\text{otherwise}\\end{cases}`,
        binds: ATOM,
      };
    case 'not':
      return { tex: `\\lnot ${wrap(a, ATOM)}`, binds: LOGIC };
    default:
      break;
  }
  if (isTruth(name)) {
    const logical = name === 'and' || name === 'or';
    const side = (piece: Piece): string => (logical ? paren(piece.tex) : wrap(piece, SUM));
    return { tex: `${side(a)} ${RELATIONS[name]} ${side(b)}`, binds: LOGIC };
  }
  const head = operation(name).latex ?? `\\operatorname{${name}}`;
  const argument = paren(args.map((arg) => arg.tex).join(', '));
  return { tex: `${head}${argument}`, binds: ATOM, call: { name: head, argument } };
}

/**
 * A formula as LaTeX, for MathJax or KaTeX.
 *
 * @throws FormulaError `too-large` for a formula too long for anyone to read.
 */
export function toLatex(e: Expression): string {
  if (e.size > MAX_PRINTED) {
    throw new FormulaError('too-large', `the formula has ${e.size} parts; at most ${MAX_PRINTED} are printed`);
  }
  return fold<Piece>(e, (node, args) => {
    switch (node.kind) {
      case 'number':
        return printNumber(node);
      case 'variable':
        return { tex: variableLatex(node.name), binds: ATOM };
      case 'constant':
        return { tex: CONSTANTS[node.name] as string, binds: ATOM };
      case 'call':
        return printCall(node.name, args);
    }
  }).tex;
}
