/**
 * The operators of transformed code, imported as `downhill/operators` by what `downhill-transform` writes: ordinary
 * JavaScript for ordinary values at once, mathematics for tensors and traced values. Nobody calls these by hand.
 */
export { type AnyFunction, type Lifter, setLifter } from '../trace/lift.ts';
export {
  add,
  dec,
  decKeeping,
  div,
  inc,
  incKeeping,
  mul,
  neg,
  plus,
  pow,
  previous,
  rem,
  sub,
} from './arithmetic.ts';
export {
  bitAnd,
  bitNot,
  bitOr,
  bitXor,
  shiftLeft,
  shiftRight,
  shiftRightUnsigned,
} from './bitwise.ts';
export { eq, ge, gt, le, lt, ne, strictEq, strictNe } from './comparison.ts';
export * from './math.ts';
export {
  compound,
  index,
  isList,
  isPlain,
  logicalUpdate,
  own,
  postUpdate,
  preUpdate,
  ref,
} from './member.ts';
export { isTensor } from './tensors.ts';
export {
  discriminant,
  held,
  hold,
  not,
  present,
  test,
  truth,
  value,
} from './truth.ts';
