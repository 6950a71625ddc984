import type { FunctionBuilder, FunctionHost, FunctionReference } from '../function.ts';
import { byteSize, type FloatVector, laneKind, lanesOf } from '../kinds.ts';
import type { Value } from '../value.ts';
import { loadPart } from './tile.ts';
import type { Epilogue } from './types.ts';

/**
 * A row vector times a large matrix whose rows are contiguous: C += a[p]·B[p, :], eight rows at a time, so that B is
 * read once and in order while C stays in the first-level cache. Columns of tiles would read it in strips.
 */
export interface AxpyShape {
  readonly kind: FloatVector;
  readonly n: number;
  readonly k: number;
  /** Bytes from one element of a, and from one row of B, to the next. */
  readonly aStep: number;
  readonly bStep: number;
  readonly epilogue: Epilogue | undefined;
  readonly extra: number;
  readonly swapped: boolean;
}

const ROWS = 8;

/** Arguments: a, b, c addresses of the whole, first and last column (exclusive), batch, then the extra ones. */
export function axpyFunction(
  module: FunctionHost,
  name: string,
  shape: AxpyShape,
): FunctionReference<readonly 'i32'[], readonly []> {
  const params: readonly 'i32'[] = new Array(6 + shape.extra).fill('i32');
  return module.function(name, params, [], (f, ...given) => {
    const [a, b, c, from, to, batch, ...extra] = given as Value<'i32'>[];
    const { kind, k, aStep, bStep, epilogue, swapped } = shape;
    const size = byteSize(laneKind(kind));
    const zero = f.constant(kind, 0);
    eachVector(f, shape, from, to, (j, lanes) => put(f, c.add(j.mul(size)), zero, lanes));
    const rows = (p: Value<'i32'>, count: number) => {
      const x = Array.from({ length: count }, (_, r) => f.loadSplat(kind, a.add(p.mul(aStep)), r * aStep));
      const row = b.add(p.mul(bStep));
      eachVector(f, shape, from, to, (j, lanes) => {
        const at = j.mul(size);
        const term = (r: number) => loadPart(f, kind, row.add(at), r * bStep, lanes);
        let sum = x[0].mul(term(0));
        for (let r = 1; r < count; r++) sum = f.madd(x[r], term(r), sum);
        const target = c.add(at);
        put(f, target, loadPart(f, kind, target, 0, lanes).add(sum), lanes);
      });
    };
    const whole = k - (k % ROWS);
    f.for(0, whole, ROWS, (p) => rows(p, ROWS));
    f.for(whole, k, 1, (p) => rows(p, 1));
    if (epilogue === undefined) return;
    eachVector(f, shape, from, to, (j, lanes) => {
      const target = c.add(j.mul(size));
      const none = f.constant('i32', 0);
      const corner = swapped ? { row: j, column: none } : { row: none, column: j };
      const value = epilogue(f, {
        value: loadPart(f, kind, target, 0, lanes),
        ...corner,
        corner,
        offset: { row: 0, column: 0 },
        along: swapped ? 'row' : 'column',
        batch,
        extra,
      });
      put(f, target, value, lanes);
    });
  });
}

/** Columns from … to − 1 in vectors; the partial one can only be the last of the whole row. */
function eachVector(
  f: FunctionBuilder,
  { kind, n }: AxpyShape,
  from: Value<'i32'>,
  to: Value<'i32'>,
  body: (j: Value<'i32'>, lanes: number) => void,
): void {
  const lanes = lanesOf(kind);
  const rest = n % lanes;
  f.for(from, to.min(n - rest), lanes, (j) => body(j, lanes));
  if (rest > 0) f.if(to.eq(n).and(from.lt(to)), () => body(f.constant('i32', n - rest), rest));
}

function put(f: FunctionBuilder, address: Value<'i32'>, value: Value<FloatVector>, lanes: number): void {
  if (lanes === lanesOf(value.kind)) f.store(address, value);
  else f.storeLanes(address, value, lanes);
}
