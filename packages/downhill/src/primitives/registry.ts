import type { Primitive } from '../program/primitive.ts';
import * as arithmetic from './arithmetic.ts';
import * as bitwise from './bitwise.ts';
import * as comparison from './comparison.ts';
import * as conv from './conv.ts';
import * as convert from './convert.ts';
import * as cumulative from './cumulative.ts';
import * as dot from './dot.ts';
import * as dynamicSlice from './dynamic-slice.ts';
import * as erfInv from './erf-inv.ts';
import * as exponential from './exponential.ts';
import * as gather from './gather.ts';
import * as hyperbolic from './hyperbolic.ts';
import * as iota from './iota.ts';
import * as layout from './layout.ts';
import * as logical from './logical.ts';
import * as piecewise from './piecewise.ts';
import * as powers from './powers.ts';
import * as reductions from './reductions.ts';
import * as scatter from './scatter.ts';
import * as select from './select.ts';
import * as slice from './slice.ts';
import * as sort from './sort.ts';
import * as special from './special.ts';
import * as threefry from './threefry.ts';
import * as trigonometric from './trigonometric.ts';

/** The files that hold records. A new operation goes into one of them, or its file into this list. */
const families = [
  arithmetic,
  powers,
  exponential,
  trigonometric,
  hyperbolic,
  special,
  erfInv,
  piecewise,
  comparison,
  logical,
  bitwise,
  select,
  convert,
  layout,
  reductions,
  cumulative,
  slice,
  dynamicSlice,
  gather,
  scatter,
  sort,
  iota,
  dot,
  conv,
  threefry,
];

const isRecord = (x: unknown): x is Primitive => typeof x === 'object' && x !== null && 'evaluate' in x && 'batch' in x;

/** The record behind an export: itself, or the one a public function carries. */
const recordOf = (x: unknown): Primitive[] => {
  if (isRecord(x)) return [x];
  const carried = typeof x === 'function' ? (x as { primitive?: unknown }).primitive : undefined;
  return isRecord(carried) ? [carried] : [];
};

/** Every first-order record, for the coverage table and the generated tests. */
export const primitives: readonly Primitive[] = [
  ...new Set(families.flatMap((family) => Object.values(family)).flatMap(recordOf)),
];
