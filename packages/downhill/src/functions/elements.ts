import { OperatorError, ShapeError } from '../tensor/errors.ts';
import { Tensor } from '../tensor/tensor.ts';
import { index } from './indexing.ts';
import type { Numeric } from './numeric.ts';

/** What tensors share with arrays: a length and a way through their elements. */
export interface ElementMethods {
  /** The size of the first axis. */
  readonly length: number;
  /** Goes through the first axis, for `for … of`, spreading and destructuring; typed for code with operators too. */
  [Symbol.iterator](): IterableIterator<Numeric>;
}

function firstAxis(x: Tensor): number {
  const [length] = x.shape;
  if (length === undefined) throw new ShapeError('a scalar has no axis to go along');
  return length;
}

function* elements(this: Tensor): IterableIterator<Tensor> {
  const length = firstAxis(this);
  for (let i = 0; i < length; i++) yield index(this, i);
}

const advice =
  'Write index(x, i) or x.get(i); or put "use math" at the top of the function and build it with downhill-transform.';

/** Enough for a loop or a literal index to meet one of them: without transformed code x[i] would be undefined and then NaN. */
const guarded = 64;

/** Gives tensors their length and iterator, and makes plain `x[i]` an error instead of `undefined`. */
export function installElements(): void {
  Object.defineProperties(Tensor.prototype, {
    length: {
      get(this: Tensor) {
        return firstAxis(this);
      },
      configurable: true,
    },
    [Symbol.iterator]: { value: elements, writable: true, configurable: true },
  });
  for (let i = 0; i < guarded; i++) {
    Object.defineProperty(Tensor.prototype, i, {
      get() {
        throw new OperatorError(
          `[${i}] was read from a tensor by plain JavaScript, which knows no elements of tensors. ${advice}`,
        );
      },
      set() {
        throw new OperatorError(
          `[${i}] of a tensor was assigned, but tensors do not change. Write y = at(x, ${i}).set(value) for a changed copy.`,
        );
      },
      configurable: true,
    });
  }
}
