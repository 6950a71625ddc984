/** Functions of `downhill/operators` behind the binary operators, by operator. */
export const binaryOperators: Readonly<Record<string, string>> = {
  '+': 'add',
  '-': 'sub',
  '*': 'mul',
  '/': 'div',
  '%': 'rem',
  '**': 'pow',
  '<': 'lt',
  '<=': 'le',
  '>': 'gt',
  '>=': 'ge',
  '==': 'eq',
  '!=': 'ne',
  '===': 'strictEq',
  '!==': 'strictNe',
  '&': 'bitAnd',
  '|': 'bitOr',
  '^': 'bitXor',
  '<<': 'shiftLeft',
  '>>': 'shiftRight',
  '>>>': 'shiftRightUnsigned',
};

export const bitOperators: ReadonlySet<string> = new Set(['&', '|', '^', '<<', '>>', '>>>', '~']);
export const equalities: ReadonlySet<string> = new Set(['==', '!=', '===', '!==']);

/** Functions of `downhill/operators` behind the unary operators, by operator. */
export const unaryOperators: Readonly<Record<string, string>> = {
  '-': 'neg',
  '+': 'plus',
  '~': 'bitNot',
  '!': 'not',
};

/** Globals with a counterpart in `downhill/operators`; `Number` only for its tests. */
export const globalFunctions: ReadonlySet<string> = new Set(['Math', 'isFinite', 'isNaN']);
/** Functions of `Math` with a counterpart of their own; its constants and `random` stay as they are. */
export const mathFunctions: ReadonlySet<string> = new Set([
  'abs',
  'acos',
  'acosh',
  'asin',
  'asinh',
  'atan',
  'atan2',
  'atanh',
  'cbrt',
  'ceil',
  'clz32',
  'cos',
  'cosh',
  'exp',
  'expm1',
  'floor',
  'fround',
  'hypot',
  'imul',
  'log',
  'log10',
  'log1p',
  'log2',
  'max',
  'min',
  'pow',
  'round',
  'sign',
  'sin',
  'sinh',
  'sqrt',
  'tan',
  'tanh',
  'trunc',
]);

/** `mathSin` for `sin`. */
export const mathName = (name: string): string => `math${name.charAt(0).toUpperCase()}${name.slice(1)}`;

export const numberTests: ReadonlySet<string> = new Set(['isFinite', 'isNaN', 'isInteger']);

/** A prefix under which no name of `downhill/operators` occurs in the source. */
export function freePrefix(source: string): string {
  let prefix = '$';
  for (let underscores = '_'; new RegExp(`${prefix.replace('$', '\\$')}[A-Za-z0-9]`).test(source); underscores += '_') {
    prefix = `$dh${underscores}`;
  }
  return prefix;
}
