import { convertTo } from '../primitives/convert.ts';
import { broadcastInDim } from '../primitives/layout.ts';
import type { MaybeZero } from '../program/primitive.ts';
import { type Aval, scalar, type Tensor } from '../tensor/tensor.ts';

/** Shape, dtype and weakness without the identity of a variable. */
export const plainType = (x: Aval): Aval => ({ shape: x.shape, dtype: x.dtype, weak: x.weak });

const constantLike = (x: Aval, value: number): Tensor => broadcastInDim(scalar(value, x.dtype, x.weak), x.shape, []);

/** Zeros of a type. */
export const zerosLike = (x: Aval): Tensor => constantLike(x, 0);

/** Ones of a type: the cotangent that starts a gradient. */
export const onesLike = (x: Aval): Tensor => constantLike(x, 1);

/** A tangent or cotangent with exactly the type of its primal; symbolic zeros become zeros. */
export const settleCotangent = (ct: MaybeZero, x: Aval): Tensor => (ct ? convertTo(ct, x) : zerosLike(x));
