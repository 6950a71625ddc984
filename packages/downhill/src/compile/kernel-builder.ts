import type { Equation } from '../program/program.ts';
import type { DType } from '../tensor/dtype.ts';
import { sizeOf } from '../tensor/shape.ts';
import type { Aval } from '../tensor/tensor.ts';
import type { Emission } from './emit.ts';
import { type Buffer, type Expression, type Scalar, scalarOf, type View, viewOf } from './expressions.ts';
import type { Kernel, Kernels } from './kernel.ts';
import { Sharing } from './sharing.ts';
import { layoutText, textOf } from './structure.ts';
import type { Cut } from './threads/tasks.ts';
import type { Features } from './wasm/features.ts';
import type { FunctionBuilder } from './wasm/function.ts';
import type { Value } from './wasm/value.ts';

/** What kernels are made for. */
export interface Target {
  readonly features: Features;
  /** Threads the module may run on; 1 unless told. */
  readonly threads?: number;
  /** Work, in elements times operations, below which a kernel is not shared. */
  readonly threshold?: number;
}

const noViews: readonly View[] = [];
const noBuffers: readonly Buffer[] = [];
const noBodies: readonly Kernels[] = [];
const noPairs: Kernel['overlays'] = [];

/** What a handler says of a kernel. */
export type KernelParts = Pick<Kernel, 'name' | 'write'> &
  Partial<
    Pick<
      Kernel,
      'equation' | 'line' | 'end' | 'reads' | 'writes' | 'scratch' | 'overlays' | 'shared' | 'data' | 'bodies'
    >
  >;

/** A kernel that is one function of addresses: of its views, of scratch memory, and from which unit to which. */
export interface Call extends Pick<Kernel, 'name' | 'reads' | 'writes'> {
  readonly line: string;
  /** The views whose addresses it gets; what it reads and then what it writes unless told. */
  readonly given?: readonly View[];
  /** Bytes of scratch memory of each thread, multiples of 8. */
  readonly scratch?: readonly number[];
  /** The work, and how threads may share it. */
  readonly cut: Cut;
  /**
   * What the function follows from besides how the views lie, and nothing but records and lists of numbers and texts: calls
   * for which that is the same share it. A call without it has a function of its own.
   */
  readonly key?: unknown;
  /** Writes the function. */
  readonly body: (f: FunctionBuilder, addresses: readonly Value<'i32'>[], emission: Emission) => void;
}

/** Kernels as they are made, one after the other; and buffers for them. */
export class KernelBuilder {
  readonly features: Features;
  readonly sharing: Sharing;
  /** Kernels of the body that is being made, in the order they run. */
  kernels: Kernel[] = [];
  /** Kernels and buffers from now on are for this equation. */
  equation: Equation | undefined;

  constructor({ features, threads = 1, threshold = 0 }: Target) {
    this.features = features;
    this.sharing = new Sharing(threads, threshold);
  }

  /** Adds a kernel to those made so far. */
  add(parts: KernelParts): void {
    const { name, line, end, reads = noViews, writes = noViews, scratch = noBuffers, shared = false } = parts;
    const { equation = this.equation, overlays = noPairs, data, bodies = noBodies, write } = parts;
    if (shared) this.sharing.began = true;
    this.kernels.push({
      name,
      line,
      end,
      equation,
      reads,
      writes,
      scratch,
      overlays,
      shared,
      data,
      bodies,
      write,
    });
  }

  /** Adds a kernel that is one function of addresses, shared by threads where that pays. */
  call({ name, line, reads, writes, given = [...reads, ...writes], scratch = [], cut, key, body }: Call): void {
    const { sharing } = this;
    const count = given.length + scratch.length;
    const shared = sharing.pays(cut, count);
    const own = scratch.map((bytes) => this.buffer('float64', ((shared ? sharing.threads : 1) * bytes) / 8));
    const apart = { ...cut, scratch: new Map(scratch.map((bytes, i) => [given.length + i, bytes])) };
    const write = (emission: Emission): void => {
      const params = new Array<'i32'>(count + 2).fill('i32');
      const structure = key === undefined ? undefined : textOf([key, given.map(layoutText)]);
      const make = (inner: Emission, ...addresses: Value<'i32'>[]): void => body(inner.f, addresses, inner);
      const f = emission.function(name, params, [], make, structure);
      const args = [...given, ...own.map((b) => viewOf(b, [b.elements]))].map((v) => emission.address(v));
      emission.tasks.run(emission.f, f, args, apart, shared);
    };
    this.add({ name, line, reads, writes, scratch: own, shared, write });
  }

  /** The kernels that are made by `make`, apart from the others: the body of one of them. */
  body(make: () => void): Kernels {
    const outer = this.kernels;
    const own: Kernel[] = [];
    this.kernels = own;
    make();
    this.kernels = outer;
    return own;
  }

  buffer(dtype: DType, elements: number): Buffer {
    return { dtype, elements, equation: this.equation };
  }

  /** A buffer for the elements of an expression. */
  bufferFor(expression: Expression): Buffer {
    const { type, dtype, shape } = expression;
    const equation = type === 'pending' ? expression.equation : this.equation;
    return { dtype, elements: sizeOf(shape), equation };
  }

  /** A buffer of its own for a result of a type. */
  fresh({ dtype, shape }: Pick<Aval, 'dtype' | 'shape'>): View {
    return viewOf(this.buffer(dtype, sizeOf(shape)), shape);
  }

  /**
   * The part of the buffer of a view that begins at an address computed from where the view begins.
   * @param start writes the code of that address.
   */
  part(view: View, start: (emission: Emission, first: Value<'i32'>) => Value<'i32'>): Buffer {
    const address = scalarOf('int32');
    const write = (emission: Emission): void => emission.set(address, start(emission, emission.address(view)));
    this.add({ name: 'address', reads: [view], write });
    return { ...view.buffer, given: false, part: { of: view.buffer, address } };
  }

  /** Reads a scalar from memory. */
  load(view: View, result: Scalar): void {
    this.add({ name: 'load', reads: [view], write: (emission) => emission.set(result, emission.load(view)) });
  }

  /** Writes a register to memory. */
  store(value: Scalar, target: View): void {
    this.add({ name: 'store', writes: [target], write: (emission) => emission.store(target, emission.value(value)) });
  }
}
