import { sizeOf, stridesOf } from '../tensor/shape.ts';
import { type ConvolutionPlan, paddedExtents } from './convolution-plan.ts';
import type { KernelHost } from './elementwise.ts';
import { bytesOf, vectorKinds } from './expressions.ts';
import { type I32, overBox } from './loops.ts';
import type { FunctionBuilder, FunctionReference } from './wasm/function.ts';
import { type Kind, lanesOf } from './wasm/kinds.ts';
import type { Value } from './wasm/value.ts';

type Vector = 'f64x2';

/** The operand as the kernels walk it: every row in phases, elements `phases` apart beside one another. */
interface Planes {
  readonly phases: number;
  /** Elements from one phase of a row to the next. */
  readonly pitch: number;
  /** Elements from one place to the next along channels and all spatial axes but the last. */
  readonly strides: readonly number[];
  /** Element at which the first place lies. */
  readonly offset: number;
  /** Elements of a copy; 0 where the operand is read as it lies. */
  readonly size: number;
}

/** Axis of which results are computed side by side in a vector: of the result, or of the kernel. */
export type Along = 'result' | 'kernel';

function planesOf(plan: ConvolutionPlan, along: Along): Planes {
  const { params, channels } = plan;
  const last = plan.kernel.length - 1;
  const phases = (along === 'result' ? params.strides : params.kernelDilation)[last] as number;
  const extents = paddedExtents(plan);
  const lows = params.padding.map(([low]) => low);
  const lies =
    phases === 1 &&
    params.inputDilation.every((d) => d === 1) &&
    lows.every((low, axis) => low <= 0 && (extents[axis] as number) - low <= (plan.in[axis] as number));
  if (lies) {
    const [channel, ...strides] = stridesOf([channels, ...plan.in]);
    const offset = strides.reduce((sum, s, axis) => sum - s * (lows[axis] as number), 0);
    return { phases, pitch: 0, strides: [channel as number, ...strides.slice(0, -1)], offset, size: 0 };
  }
  const pitch = Math.ceil((extents[last] as number) / phases);
  const shape = [channels, ...extents.slice(0, -1), pitch * phases];
  return { phases, pitch, strides: stridesOf(shape).slice(0, -1), offset: 0, size: sizeOf(shape) };
}

/** (image, planes): the operand with its padding and the zeros between its elements, row by row in phases. */
function planesFunction(host: KernelHost, plan: ConvolutionPlan, planes: Planes) {
  const { params, channels } = plan;
  const bytes = bytesOf[plan.dtype];
  const last = plan.kernel.length - 1;
  const extents = paddedExtents(plan);
  const line = planes.pitch * planes.phases * bytes;
  const inStrides = stridesOf(plan.in);
  return host.module.function(host.module.name('planes'), ['i32', 'i32'], [], (f, image, to) => {
    const target = f.variable('i32', to);
    const box = [channels, ...extents.slice(0, -1)];
    overBox(f, box, [image], [[sizeOf(plan.in) * bytes, ...box.slice(1).map(() => 0)]], ([channel], at) => {
      let from = channel as I32;
      let inside = f.constant('i32', 1);
      for (let axis = 0; axis < last; axis++) {
        const raw = (at[1 + axis] as I32).sub((params.padding[axis] as readonly number[])[0] as number);
        const dilation = params.inputDilation[axis] as number;
        const index = dilation === 1 ? raw : raw.divU(dilation);
        const found = index.ltU(plan.in[axis] as number);
        inside = inside.and(dilation === 1 ? found : found.and(raw.ge(0)).and(raw.remU(dilation).eqz()));
        from = from.add(index.mul((inStrides[axis] as number) * bytes));
      }
      const here = target.get();
      f.if(
        inside,
        () => planeLine(f, plan, planes, from, here),
        () => f.fillMemory(here, 0, f.constant('i32', line)),
      );
      target.set(here.add(line));
    });
  });
}

/** One row of the operand with its padding. */
function planeLine(f: FunctionBuilder, plan: ConvolutionPlan, { phases, pitch }: Planes, from: I32, to: I32): void {
  const { params, dtype } = plan;
  const bytes = bytesOf[dtype];
  const last = plan.in.length - 1;
  const width = plan.in[last] as number;
  const extent = paddedExtents(plan)[last] as number;
  const low = (params.padding[last] as readonly number[])[0] as number;
  const dilation = params.inputDilation[last] as number;
  const kind = (dtype === 'float64' ? 'f64' : 'f32') as Kind;
  const zero = (start: number, count: number): void => {
    if (count > 0) f.fillMemory(to.add(start * bytes), 0, f.constant('i32', count * bytes));
  };
  if (dilation > 1) {
    zero(0, pitch * phases);
    const first = Math.max(0, Math.ceil(-low / dilation));
    const stop = Math.min(width, Math.floor((extent - 1 - low) / dilation) + 1);
    f.for(first, stop, 1, (i) => {
      const place = i.mul(dilation).add(low);
      const at = phases === 1 ? place : place.remU(phases).mul(pitch).add(place.divU(phases));
      f.store(to.add(at.mul(bytes)), f.load(kind, from.add(i.mul(bytes))));
    });
    return;
  }
  for (let phase = 0; phase < phases; phase++) {
    // element q of this phase is the input's q · phases + phase − low
    const first = Math.min(pitch, Math.max(0, Math.ceil((low - phase) / phases)));
    const stop = Math.min(pitch, Math.max(first, Math.ceil((width + low - phase) / phases)));
    const start = phase * pitch;
    zero(start, first);
    const source = from.add((first * phases + phase - low) * bytes);
    const target = to.add((start + first) * bytes);
    if (phases === 1) {
      if (stop > first) f.copyMemory(target, source, f.constant('i32', (stop - first) * bytes));
    } else {
      f.for(0, stop - first, 1, (q) =>
        f.store(target.add(q.mul(bytes)), f.load(kind, source.add(q.mul(phases * bytes)))),
      );
    }
    zero(start + stop, pitch - stop);
  }
}

/** Channels of the result that are computed together, and vectors of each. */
export interface Tile {
  readonly channels: number;
  readonly vectors: number;
}

/** With fused multiply-adds there are registers for more sums; without, products take some. */
const tilesOf = (fused: boolean): readonly Tile[] =>
  (fused
    ? [
        [4, 2],
        [2, 4],
        [3, 3],
        [4, 3],
        [4, 1],
        [2, 2],
        [1, 7],
        [1, 4],
      ]
    : [
        [1, 4],
        [2, 4],
        [2, 3],
        [4, 1],
        [2, 2],
        [1, 7],
      ]
  ).map(([channels, vectors]) => ({ channels, vectors }) as Tile);

/** So many parts of so many at a time, the last ones together. */
const stretches = (count: number, size: number): number[] => {
  const rest = count % size;
  return [...Array.from({ length: (count - rest) / size }, () => size), ...(rest > 0 ? [rest] : [])];
};

/**
 * Time of a tile and element of the kernel, in halves of a cycle: its arithmetic, its loads, or the latency of a sum. Where
 * products are not fused they are operations of their own.
 */
const costOf = (channels: number, vectors: number, fused: boolean): number =>
  Math.max(channels * vectors * (fused ? 1 : 2), channels + vectors, 4);

/** The tile that takes least for so many channels of so many vectors. */
function bestTile(channels: number, vectors: number, fused: boolean): Tile {
  let best: (Tile & { cost: number }) | undefined;
  for (const tile of tilesOf(fused)) {
    let cost = 0;
    for (const c of stretches(channels, tile.channels)) {
      for (const v of stretches(vectors, tile.vectors)) cost += costOf(c, v, fused);
    }
    if (!best || cost < best.cost) best = { ...tile, cost };
  }
  return best as Tile;
}

/** Elements of a kernel that are written one after another rather than in a loop. */
const unrolled = 16;

/** Where the element of the kernel at `place` along the last axis meets a row, in elements. */
const rowPlace = ({ phases, pitch }: Planes, place: number): number =>
  (place % phases) * pitch + Math.floor(place / phases);

/** Bytes one step along channels and each outer axis of the kernel moves in the operand and in the kernel. */
function kernelSteps(plan: ConvolutionPlan, planes: Planes): { box: number[]; steps: [number[], number[]] } {
  const bytes = bytesOf[plan.dtype];
  const last = plan.kernel.length - 1;
  const outer = plan.kernel.slice(0, last);
  const operand = planes.strides.map(
    (s, i) => s * bytes * (i === 0 ? 1 : (plan.params.kernelDilation[i - 1] as number)),
  );
  const kernel = stridesOf([plan.channels, ...plan.kernel]).slice(0, -1);
  return { box: [plan.channels, ...outer], steps: [operand, kernel.map((s) => s * bytes)] };
}

/**
 * (x, w, y): one row of the result for some channels, vectors along the row: an element of the kernel is spread over a
 * vector and multiplied with neighbours of the operand, which lie side by side in its phase.
 */
function resultRow(host: KernelHost, plan: ConvolutionPlan, planes: Planes, count: number, vectors: number) {
  const { dtype, params, channels } = plan;
  const bytes = bytesOf[dtype];
  const kind = vectorKinds[dtype] as Vector;
  const lanes = lanesOf(kind);
  const last = plan.kernel.length - 1;
  const width = plan.out[last] as number;
  const taps = plan.kernel[last] as number;
  const dilation = params.kernelDilation[last] as number;
  const depth = channels * sizeOf(plan.kernel);
  const columns = sizeOf(plan.out);
  const { box, steps } = kernelSteps(plan, planes);
  return host.module.function(host.module.name('row'), ['i32', 'i32', 'i32'], [], (f, x, w, y) => {
    const tile = (from: I32, to: I32, places: readonly number[], stored: number): void => {
      const sums = Array.from({ length: count }, () => places.map(() => f.variable(kind, 0)));
      const tap = (operand: I32, kernel: I32, element: number, weight: number): void => {
        const values = places.map((p) => loadAt(f, kind, operand, (p + element) * bytes));
        for (const [o, row] of sums.entries()) {
          const factor = f.loadSplat(kind, kernel, (o * depth + weight) * bytes);
          for (const [v, sum] of row.entries()) sum.set(f.madd(factor, values[v] as Value<Vector>, sum.get()));
        }
      };
      if (sizeOf(plan.kernel) <= unrolled) {
        const inner = box.slice(1);
        const operand = f.variable('i32', from);
        const kernel = f.variable('i32', w);
        f.for(0, channels, 1, () => {
          const [at, weights] = [operand.get(), kernel.get()];
          for (let k = 0; k < sizeOf(inner); k++) {
            const offset = stridesOf(inner).reduce(
              (sum, s, axis) =>
                sum + (Math.floor(k / s) % (inner[axis] as number)) * ((steps[0][axis + 1] as number) / bytes),
              0,
            );
            for (let t = 0; t < taps; t++) tap(at, weights, offset + rowPlace(planes, t * dilation), k * taps + t);
          }
          operand.set(at.add(steps[0][0] as number));
          kernel.set(weights.add(steps[1][0] as number));
        });
      } else {
        // elements so far apart meet the row in the same phase
        const period = planes.phases / gcd(planes.phases, dilation);
        const together = period * Math.max(1, Math.floor(8 / period));
        overBox(f, box, [from, w], steps, ([at, weights]) => {
          const whole = taps <= unrolled ? 0 : taps - (taps % together);
          if (whole > 0) {
            const move = ((together * dilation) / planes.phases) * bytes;
            const operand = f.variable('i32', at as I32);
            const kernel = f.variable('i32', weights as I32);
            f.for(0, whole / together, 1, () => {
              const [here, there] = [operand.get(), kernel.get()];
              for (let t = 0; t < together; t++) tap(here, there, rowPlace(planes, t * dilation), t);
              operand.set(here.add(move));
              kernel.set(there.add(together * bytes));
            });
          }
          for (let t = whole; t < taps; t++) tap(at as I32, weights as I32, rowPlace(planes, t * dilation), t);
        });
      }
      sums.forEach((row, o) => {
        row.forEach((sum, v) => {
          const at = (o * columns + (places[v] as number)) * bytes;
          if (stored < lanes) f.storeLanes(to, sum.get(), stored, at);
          else f.store(to, sum.get(), at);
        });
      });
    };
    if (width < lanes) {
      tile(x, y, [0], width);
      return;
    }
    // the last vector may go back over elements of the one before it
    const all = Array.from({ length: Math.ceil(width / lanes) }, (_, v) => Math.min(v * lanes, width - lanes));
    const whole = Math.floor(Math.floor(width / lanes) / vectors);
    const together = vectors * lanes;
    if (whole > 1) {
      const move = together * bytes;
      f.for(0, whole, 1, (i) => tile(x.add(i.mul(move)), y.add(i.mul(move)), all.slice(0, vectors), lanes));
    }
    for (let v = whole > 1 ? whole * vectors : 0; v < all.length; v += vectors) {
      tile(x, y, all.slice(v, v + vectors), lanes);
    }
  });
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/** A load at an offset of so many bytes. */
const loadAt = (f: FunctionBuilder, kind: Vector, address: I32, offset: number): Value<Vector> =>
  f.load(kind, address, offset);

/**
 * (x, w, y): neighbours of the result along its last axis for some channels, vectors along the rows of the kernel, whose
 * products are added lane by lane and at the end across lanes: for kernels as large as images, as those of the gradients of
 * weights are.
 */
function resultSums(host: KernelHost, plan: ConvolutionPlan, planes: Planes, count: number, places: readonly number[]) {
  const { dtype, params } = plan;
  const bytes = bytesOf[dtype];
  const kind = vectorKinds[dtype] as Vector;
  const lanes = lanesOf(kind);
  const last = plan.kernel.length - 1;
  const taps = plan.kernel[last] as number;
  const stride = params.strides[last] as number;
  const depth = plan.channels * sizeOf(plan.kernel);
  const columns = sizeOf(plan.out);
  const { box, steps } = kernelSteps(plan, planes);
  const whole = taps - (taps % lanes);
  return host.module.function(host.module.name('sums'), ['i32', 'i32', 'i32'], [], (f, x, w, y) => {
    const sums = Array.from({ length: count }, () => places.map(() => f.variable(kind, 0)));
    const add = (operand: I32, kernel: I32, mask: Value | undefined): void => {
      const cut = (v: Value<Vector>): Value<Vector> => (mask ? v.and(mask.as(kind) as Value<Vector>) : v);
      const values = places.map((p) => cut(f.load(kind, operand, rowPlace(planes, p * stride) * bytes)));
      for (const [o, row] of sums.entries()) {
        const factor = cut(f.load(kind, kernel, o * depth * bytes));
        for (const [p, sum] of row.entries()) sum.set(f.madd(factor, values[p] as Value<Vector>, sum.get()));
      }
    };
    overBox(f, box, [x, w], steps, ([at, weights]) => {
      const [operand, kernel] = [at as I32, weights as I32];
      if (whole > 0) f.for(0, whole * bytes, lanes * bytes, (k) => add(operand.add(k), kernel.add(k), undefined));
      if (whole === taps) return;
      // the rest of the row: lanes that were counted already, or that lie behind it, are zeros
      const from = Math.max(0, taps - lanes);
      const wanted = Array.from({ length: lanes }, (_, i) => (from + i >= whole && from + i < taps ? -1 : 0));
      const mask = lanes === 4 ? f.lanes('i32x4', wanted) : f.lanes('i64x2', wanted.map(BigInt));
      add(operand.add(from * bytes), kernel.add(from * bytes), mask);
    });
    sums.forEach((row, o) => {
      row.forEach((sum, p) => {
        const total = sum.get();
        let result = total.lane(0) as Value<'f64'>;
        for (let i = 1; i < lanes; i++) result = result.add(total.lane(i) as Value<'f64'>);
        f.store(y, result, (o * columns + p) * bytes);
      });
    });
  });
}

type Rows = FunctionReference<readonly ['i32', 'i32', 'i32'], readonly []>;

/** A convolution without a matrix of patches. */
export interface Direct {
  /** Bytes each thread needs for the operand with its padding. */
  readonly scratchBytes: number;
  readonly description: string;
  /** One image and group, from the addresses of operand, weights, result and scratch. */
  readonly emit: (host: KernelHost, f: FunctionBuilder, x: I32, w: I32, y: I32, scratch: I32) => void;
}

/** The kernels of a direct convolution; there is at least one spatial axis and nothing is empty. */
export function directConvolution(plan: ConvolutionPlan, along: Along, fused: boolean): Direct {
  const { params, dtype, perGroup } = plan;
  const bytes = bytesOf[dtype];
  const planes = planesOf(plan, along);
  const lanes = lanesOf(vectorKinds[dtype] as Vector);
  const last = plan.kernel.length - 1;
  const width = plan.out[last] as number;
  const tile = bestTile(perGroup, along === 'result' ? Math.ceil(width / lanes) : width, fused);
  const depth = plan.channels * sizeOf(plan.kernel);
  const columns = sizeOf(plan.out);
  type Once = (key: string, make: () => Rows) => Rows;
  const row = (
    host: KernelHost,
    once: Once,
    count: number,
    from: I32,
    weights: I32,
    to: I32,
    f: FunctionBuilder,
  ): void => {
    if (along === 'result') {
      f.callAll(
        once(`${count}`, () => resultRow(host, plan, planes, count, tile.vectors)),
        from,
        weights,
        to,
      );
      return;
    }
    let first = 0;
    for (const length of stretches(width, tile.vectors)) {
      // in phases each place begins elsewhere; in one, all tiles are alike
      const shift = planes.phases === 1 ? first : 0;
      const places = Array.from({ length }, (_, p) => first - shift + p);
      const sums = once(`${count} ${places}`, () => resultSums(host, plan, planes, count, places));
      const start = from.add(shift * (params.strides[last] as number) * bytes);
      f.callAll(sums, start, weights, to.add(first * bytes));
      first += length;
    }
  };
  const outStrides = stridesOf(plan.out);
  const outer = plan.out.slice(0, last);
  const steps = [
    outer.map((_, axis) => (planes.strides[axis + 1] as number) * (params.strides[axis] as number) * bytes),
    outer.map((_, axis) => (outStrides[axis] as number) * bytes),
  ];
  return {
    // vectors may reach beyond the last row
    scratchBytes: planes.size > 0 ? Math.ceil((planes.size * bytes + 16) / 64) * 64 : 0,
    description: `directly, vectors along the ${along}, tiles of ${tile.channels}×${tile.vectors}`,
    emit: (host, f, x, w, y, scratch) => {
      const fill = planes.size > 0 ? planesFunction(host, plan, planes) : undefined;
      const made = new Map<string, Rows>();
      const once: Once = (key, make) => {
        const found = made.get(key) ?? make();
        made.set(key, found);
        return found;
      };
      if (fill) f.callAll(fill, x, scratch);
      const operand = (fill ? scratch : x).add(planes.offset * bytes);
      const channels = (count: number, weights: I32, result: I32): void =>
        overBox(f, outer, [operand, result], steps, ([from, to]) => {
          row(host, once, count, from as I32, weights, to as I32, f);
        });
      const whole = Math.floor(perGroup / tile.channels);
      f.for(0, whole, 1, (i) => {
        const o = i.mul(tile.channels);
        channels(tile.channels, w.add(o.mul(depth * bytes)), y.add(o.mul(columns * bytes)));
      });
      const rest = perGroup % tile.channels;
      const o = whole * tile.channels;
      if (rest > 0) channels(rest, w.add(o * depth * bytes), y.add(o * columns * bytes));
    },
  };
}
