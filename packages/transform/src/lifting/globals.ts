/**
 * Globals that a lifted function may use where the engine cannot be asked what a name means: those of the language, and
 * `console`. Others (`name`, `status`, `length` …) may well be variables of a module.
 */
export const languageGlobals: ReadonlySet<string> = new Set([
  'Array',
  'ArrayBuffer',
  'BigInt',
  'BigInt64Array',
  'BigUint64Array',
  'Boolean',
  'DataView',
  'Date',
  'Error',
  'EvalError',
  'Float32Array',
  'Float64Array',
  'Function',
  'Infinity',
  'Int16Array',
  'Int32Array',
  'Int8Array',
  'Intl',
  'Iterator',
  'JSON',
  'Map',
  'Math',
  'NaN',
  'Number',
  'Object',
  'Promise',
  'Proxy',
  'RangeError',
  'ReferenceError',
  'Reflect',
  'RegExp',
  'Set',
  'String',
  'Symbol',
  'SyntaxError',
  'TypeError',
  'URIError',
  'Uint16Array',
  'Uint32Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'WeakMap',
  'WeakRef',
  'WeakSet',
  'console',
  'decodeURIComponent',
  'encodeURIComponent',
  'globalThis',
  'isFinite',
  'isNaN',
  'parseFloat',
  'parseInt',
  'structuredClone',
  'undefined',
]);

/**
 * True when a minifier has renamed the variables of this script, so that names no longer tell what they mean: a captured
 * `at` may be anyone's. Looked up in the text of a function whose parameter has a name that no minifier keeps.
 */
export const isMinified: boolean = !/aNameNoMinifierKeeps/.test(
  Function.prototype.toString.call((aNameNoMinifierKeeps: unknown) => aNameNoMinifierKeeps),
);
