import { FormulaError } from './errors.ts';
import { nearestName } from './nearest.ts';
import type { OperationName } from './operations.ts';
import { ALIASES, CONSTANT_NAMES, FUNCTION_NAMES, OPERATIONS, SUGARS } from './operations.ts';
import type { Token } from './tokens.ts';

/** The deepest nesting of parentheses that is read. */
export const MAX_NESTING = 100;
/** The longest run of signs and exponents, as in `---x` or `a^b^c^d`. */
const MAX_CHAIN = 100;

const WORDS: ReadonlySet<string> = new Set(['and', 'or', 'not']);
const CONSTANTS: ReadonlySet<string> = new Set(CONSTANT_NAMES);

/** Every name that is a function in text, with what it is read as. */
const FUNCTIONS: ReadonlyMap<string, string> = new Map([
  ...FUNCTION_NAMES.map((name): [string, string] => [name, name]),
  ...Object.entries(ALIASES),
  ...Object.keys(SUGARS).map((name): [string, string] => [name, name]),
]);

const NOT_NUMBERS: ReadonlySet<string> = new Set([
  'true',
  'false',
  'null',
  'undefined',
  'NaN',
  'nan',
  'Infinity',
  'infinity',
  'Inf',
  'inf',
]);

/** `x`, `x1`, `x_1`, `x_i`: names short enough that `x(…)` can only mean a product. */
const SHORT_NAME = /^\p{L}(?:_?\p{Nd}+|_\p{L})?$/u;

/** The operation a function's name in text stands for. */
export const functionNamed = (name: string): string | undefined => FUNCTIONS.get(name);
export const isConstantName = (name: string): boolean => CONSTANTS.has(name);

/** How many arguments a function may be given in text. */
export function arityOf(name: string): readonly [number, number] {
  if (name === 'log') return [1, 2];
  if (Object.hasOwn(SUGARS, name)) return SUGARS[name] as readonly [number, number];
  return OPERATIONS[name as OperationName].arity;
}

interface Open {
  readonly token: Token;
  /** The function called, as written; undefined for plain parentheses. */
  readonly callee: string | undefined;
  commas: number;
}

/**
 * Checks that tokens form one expression, and puts them in the order and with the parentheses in which the parser reads
 * them as documented: `sin^2(x)` becomes `sin(x)^2`, and a variable before a parenthesis becomes a factor, `(x)(…)`.
 *
 * @throws FormulaError naming the first token that cannot stand where it does.
 */
export function arrange(source: string, tokens: readonly Token[], known: readonly string[] | undefined): Token[] {
  const fail = (code: string, sentence: string, at: Token): FormulaError =>
    new FormulaError(code, sentence, source, { start: at.start, end: at.end });
  if (tokens.length === 0) {
    throw new FormulaError('empty', 'the formula is empty');
  }
  const out: Token[] = [];
  const open: Open[] = [];
  let wantsOperand = true;
  let chain = 0;
  /** Exponents of `sin^2(x)`, waiting for the parenthesis that closes the argument. */
  const pending: { depth: number; tokens: Token[] }[] = [];

  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] as Token;
    const next = tokens[i + 1];
    const previous = tokens[i - 1];
    const isWord = token.kind === 'name' && WORDS.has(token.text);
    const isInfix = (token.kind === 'operator' && token.text !== '!') || (isWord && token.text !== 'not');
    if (isInfix || token.text === 'not') {
      const prefix = token.text === '-' || token.text === '+' || token.text === 'not';
      if (wantsOperand && !prefix) throw noLeftSide(fail, token, previous);
      if (!wantsOperand && token.text === 'not') throw fail('stray-operator', "'not' cannot follow a value", token);
      chain = wantsOperand || token.text === '^' ? chain + 1 : 0;
      if (chain > MAX_CHAIN) {
        throw fail('too-deep', `more than ${MAX_CHAIN} signs and exponents follow each other`, token);
      }
      out.push(token);
      wantsOperand = true;
      continue;
    }
    if (token.kind === 'operator') {
      if (wantsOperand) throw noLeftSide(fail, token, previous);
      if (previous?.text === '!') throw fail('stray-operator', "'!' cannot be repeated", token);
      out.push(token);
      continue;
    }
    if (token.kind === 'comma') {
      const scope = open[open.length - 1];
      if (scope?.callee === undefined) {
        throw fail('stray-comma', 'a comma can only separate the arguments of a function', token);
      }
      if (wantsOperand) throw missingOperand(fail, token, previous);
      scope.commas++;
      out.push(token);
      wantsOperand = true;
      chain = 0;
      continue;
    }
    if (token.kind === 'close') {
      const scope = open.pop();
      if (scope === undefined) throw fail('unbalanced', "this ')' closes nothing: it has no '('", token);
      if (wantsOperand) throw missingOperand(fail, token, previous);
      if (scope.callee !== undefined) checkArity(fail, scope.callee, scope.commas + 1, scope.token);
      out.push(token);
      const exponent = pending[pending.length - 1];
      if (exponent !== undefined && exponent.depth === open.length) {
        out.push(...exponent.tokens);
        pending.pop();
      }
      wantsOperand = false;
      continue;
    }
    // What is left starts an operand.
    if (!wantsOperand) {
      if (token.kind === 'number') throw numberAfter(fail, token, previous);
      checkSlashes(fail, tokens, i);
    }
    if (token.kind === 'open') {
      chain = 0;
      open.push({ token, callee: undefined, commas: 0 });
      checkNesting(fail, open, token);
      out.push(token);
      wantsOperand = true;
      continue;
    }
    if (token.kind === 'number') {
      out.push(token);
      wantsOperand = false;
      continue;
    }
    if (FUNCTIONS.has(token.text) && known?.includes(token.text) !== true) {
      i = readCallee(token, i);
      continue;
    }
    readName(token, next);
    wantsOperand = false;
  }
  const last = tokens[tokens.length - 1] as Token;
  const scope = open[open.length - 1];
  if (wantsOperand && last.kind !== 'open' && last.kind !== 'comma') throw noRightSide(fail, last);
  if (scope !== undefined) throw fail('unbalanced', "this '(' is never closed: a ')' is missing", scope.token);
  return out;

  /** A function's name, the exponent it may carry, and its opening parenthesis; returns the index of the last one read. */
  function readCallee(token: Token, index: number): number {
    const next = tokens[index + 1];
    let parenthesis = index + 1;
    const exponent: Token[] = [];
    if (next?.text === '^') {
      const power = tokens[index + 2];
      if (power?.kind !== 'number' || !/^\d+$/.test(power.text) || Number(power.text) < 2) {
        throw fail(
          'function-power',
          `write ${token.text}(x)^n for a power of ${token.text}, and name an inverse function, such as asin, by its own name`,
          next,
        );
      }
      exponent.push(next, power);
      parenthesis = index + 3;
    }
    const opening = tokens[parenthesis];
    if (opening?.kind !== 'open') {
      throw fail(
        'missing-argument',
        `${token.text} is a function and needs its argument in parentheses, as in ${token.text}(x)`,
        token,
      );
    }
    out.push(token, opening);
    if (exponent.length > 0) pending.push({ depth: open.length, tokens: exponent });
    open.push({ token: opening, callee: token.text, commas: 0 });
    checkNesting(fail, open, opening);
    if (tokens[parenthesis + 1]?.kind === 'close') {
      const [least] = arityOf(functionNamed(token.text) as string);
      throw fail(
        'arity',
        `${token.text} needs ${least === 1 ? 'an argument' : `${least} arguments`} between its parentheses`,
        opening,
      );
    }
    wantsOperand = true;
    chain = 0;
    return parenthesis;
  }

  function readName(token: Token, next: Token | undefined): void {
    const { text } = token;
    const isVariable = known?.includes(text) === true;
    const factor = next?.kind === 'open';
    if (!isVariable && !CONSTANTS.has(text)) {
      if (NOT_NUMBERS.has(text)) {
        throw fail('unknown-name', `${text} is not a number that a formula can contain`, token);
      }
      if (factor && !SHORT_NAME.test(text)) throw unknown('function', text, token);
      if (text.startsWith('_') || text in Object.prototype) throw unknown('name', text, token);
      if (known !== undefined) throw unknown('name', text, token);
      const glued = /^(.+)([xyzt])$/.exec(text);
      if (glued !== null && text !== 'cost' && FUNCTIONS.has(glued[1] as string)) {
        throw fail('unknown-name', `unknown name ${text}; did you mean ${glued[1]}(${glued[2]})?`, token);
      }
    }
    // Before a name or a parenthesis the parser would take a bare name for a function.
    if (!factor && next?.kind !== 'name') {
      out.push(token);
      return;
    }
    const edge = (kind: 'open' | 'close'): Token => ({
      kind,
      text: kind === 'open' ? '(' : ')',
      start: kind === 'open' ? token.start : token.end,
      end: kind === 'open' ? token.start : token.end,
    });
    out.push(edge('open'), token, edge('close'));
  }

  function unknown(what: string, text: string, at: Token): FormulaError {
    const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text;
    const candidates =
      what === 'function'
        ? FUNCTIONS.keys()
        : [...(known ?? []), ...CONSTANTS, ...(known === undefined ? FUNCTIONS.keys() : [])];
    const near = text.length > 40 ? undefined : nearestName(text, candidates);
    const hint = near === undefined ? '' : `; did you mean ${near}?`;
    const listed =
      near === undefined && what === 'name' && known !== undefined && known.length > 0
        ? `; the variables are ${known.slice(0, 8).join(', ')}`
        : '';
    return fail('unknown-name', `unknown ${what} ${shown}${hint}${listed}`, at);
  }
}

type Fail = (code: string, sentence: string, at: Token) => FormulaError;

function noLeftSide(fail: Fail, token: Token, previous: Token | undefined): FormulaError {
  if (previous?.kind === 'operator' && previous.text === token.text) {
    return fail('stray-operator', `the operator '${token.text}' stands twice in a row`, token);
  }
  return fail('stray-operator', `the operator '${token.text}' has nothing on its left`, token);
}

function numberAfter(fail: Fail, token: Token, previous: Token | undefined): FormulaError {
  return previous?.kind === 'number'
    ? fail('missing-operator', 'two numbers stand side by side; an operator is missing', token)
    : fail('missing-operator', 'a number cannot follow a factor; write it first, as in 2x, or with a *', token);
}

function noRightSide(fail: Fail, token: Token): FormulaError {
  return fail('stray-operator', `the operator '${token.text}' has nothing on its right`, token);
}

function missingOperand(fail: Fail, token: Token, previous: Token | undefined): FormulaError {
  if (previous === undefined || previous.kind === 'open') {
    return token.kind === 'close'
      ? fail('empty-parentheses', 'there is nothing between these parentheses', token)
      : fail('missing-argument', 'there is no argument before this comma', token);
  }
  if (previous.kind === 'comma') {
    return fail('missing-argument', 'there is no argument after this comma', previous);
  }
  return noRightSide(fail, previous);
}

function checkNesting(fail: Fail, open: readonly Open[], token: Token): void {
  if (open.length > MAX_NESTING) {
    throw fail('too-deep', `parentheses are nested more than ${MAX_NESTING} deep`, token);
  }
}

function checkArity(fail: Fail, callee: string, given: number, at: Token): void {
  const [least, most] = arityOf(functionNamed(callee) as string);
  if (given >= least && given <= most) return;
  const wanted = least === most ? `${least}` : most === Infinity ? `at least ${least}` : `${least} or ${most}`;
  const noun = wanted === '1' ? 'argument' : 'arguments';
  throw fail('arity', `${callee} takes ${wanted} ${noun}, not ${given}`, at);
}

/** Refuses `a/2/3x` and the like, which the parser would group in a way nobody expects. */
function checkSlashes(fail: Fail, tokens: readonly Token[], index: number): void {
  const [a, slash, b, before] = [3, 2, 1, 4].map((back) => tokens[index - back]);
  if (a?.kind === 'number' && b?.kind === 'number' && slash?.text === '/' && before?.text === '/') {
    throw fail(
      'ambiguous',
      'a product without a sign after two divisions can be read in several ways; add parentheses',
      tokens[index] as Token,
    );
  }
}
