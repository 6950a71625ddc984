import { LinearInput, type Primitive } from '../program/primitive.ts';
import { asTensor, type Tensor, type TensorLike } from '../tensor/tensor.ts';
import { bind1 } from '../trace/trace.ts';
import { stretched } from './arithmetic.ts';
import { convertTo } from './convert.ts';
import { elementwise } from './elementwise.ts';
import { commonType, stretchTogether } from './functions.ts';
import { unstretch } from './layout.ts';
import { logicalNot } from './logical.ts';

/** select(c, a, b): a where c is true, b elsewhere. Linear in (a, b). */
export const selectPrimitive: Primitive = elementwise({
  name: 'select',
  taylor: 'linear',
  interval: 'select',
  arity: 3,
  accepts: 'any',
  condition: 0,
  evaluate: (c, a, b) => (c ? (a as number) : (b as number)),
  jvp: ([c], [, s, t], _params, [out]) => [stretched(select(c as Tensor, s ?? 0, t ?? 0), (out as Tensor).shape)],
  transpose: ([ct], [c, a, b]) => [
    null,
    a instanceof LinearInput ? unstretch(select(c as Tensor, ct as Tensor, 0), a) : null,
    b instanceof LinearInput ? unstretch(select(c as Tensor, 0, ct as Tensor), b) : null,
  ],
  tex: ([c, a, b]) => `\\begin{cases} ${a} & ${c} \\\\ ${b} & \\text{otherwise} \\end{cases}`,
  maskedTranspose: (ct, [c, a, b]) => [
    null,
    a instanceof LinearInput ? { mask: c as Tensor, value: ct } : null,
    b instanceof LinearInput ? { mask: logicalNot(c as Tensor), value: ct } : null,
  ],
});

/** `select` with promotion of the two branches and broadcasting of all three operands. */
export function select(condition: TensorLike, a: TensorLike, b: TensorLike): Tensor {
  const branches = [asTensor(a), asTensor(b)];
  const type = commonType(branches);
  const [c, x, y] = stretchTogether([
    asTensor(condition),
    ...branches.map((t) => (t.dtype === type.dtype ? t : convertTo(t, type))),
  ]);
  return bind1(selectPrimitive, [c as Tensor, x as Tensor, y as Tensor]);
}
