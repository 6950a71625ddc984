import type { DType } from '../tensor/dtype.ts';
import type { Emission } from './emit.ts';
import { type Buffer, bytesOf, type Expression, type Scalar, scalarKinds, scalarOf, type View } from './expressions.ts';
import type { Fusion } from './fuse.ts';
import { settle } from './settle.ts';
import type { Variable } from './wasm/recorder.ts';
import type { Value } from './wasm/value.ts';

/** A place in memory where one function leaves a scalar for another one. */
export const slotFor = (fusion: Fusion, dtype: DType): View =>
  fusion.fresh({ dtype: dtype === 'bool' ? 'int32' : dtype, shape: [] });

/** What a loop's function needs of the function that calls it: registers and computed addresses go through slots. */
export class Captured {
  readonly slots: View[] = [];
  /** Where arrays lie that are read as they are. */
  readonly views: View[] = [];
  readonly #fusion: Fusion;
  readonly #loads: { readonly slot: View; readonly inside: Scalar }[] = [];

  constructor(fusion: Fusion) {
    this.#fusion = fusion;
  }

  /** An expression of the function that calls, as the function of the loop sees it. */
  carry(expression: Expression): Expression {
    if (expression.type === 'scalar') return this.#register(expression);
    const view = this.#fusion.viewed(expression);
    this.views.push(view);
    const { part } = view.buffer;
    if (!part) return view;
    return { ...view, buffer: { ...view.buffer, part: { of: part.of, address: this.#register(part.address) } } };
  }

  /** Kernels that read the slots, to be run when the loop's function begins. */
  load(): void {
    for (const { slot, inside } of this.#loads) this.#fusion.load(slot, inside);
  }

  #register(outside: Scalar): Scalar {
    const slot = slotFor(this.#fusion, outside.dtype);
    this.#fusion.store(outside, slot);
    this.slots.push(slot);
    const inside = scalarOf(outside.dtype);
    this.#loads.push({ slot, inside });
    return inside;
  }
}

/** The carried values of a loop: scalars in locals with a slot between calls, arrays in buffers of their own. */
export class Carry {
  readonly slots: readonly (View | undefined)[];
  /** Where the arrays lie. */
  readonly views: readonly (View | undefined)[];
  readonly #fusion: Fusion;
  readonly #types: readonly DType[];

  constructor(fusion: Fusion, initial: readonly Expression[]) {
    this.#fusion = fusion;
    this.#types = initial.map((e) => e.dtype);
    this.slots = initial.map((e) => {
      if (e.shape.length > 0) return undefined;
      const slot = slotFor(fusion, e.dtype);
      fusion.store(fusion.scalar(e), slot);
      return slot;
    });
    this.views = initial.map((e) => (e.shape.length === 0 ? undefined : fusion.materialize(e, fusion.bufferFor(e))));
  }

  /** All of them in memory. */
  get places(): View[] {
    return [...this.slots, ...this.views].filter((view) => view !== undefined);
  }

  /** As the kernels of a body see them: registers that are set when the body begins. */
  inside(): (View | Scalar)[] {
    return this.#types.map((dtype, i) => this.views[i] ?? scalarOf(dtype));
  }

  /** Kernels that put the results of a round in the places of the carry, whatever reads what; scalars are given back. */
  update(results: readonly Expression[]): (Scalar | undefined)[] {
    const scalars = results.map((e) => (e.shape.length === 0 ? this.#fusion.scalar(e) : undefined));
    const buffers = this.views.map((view) => view?.buffer);
    settle(this.#fusion, results, buffers);
    return scalars;
  }

  /** What the loop leaves, for those after it. */
  results(): Expression[] {
    return this.#types.map((dtype, i) => {
      const slot = this.slots[i];
      if (!slot) return this.views[i] as View;
      const result = scalarOf(dtype);
      this.#fusion.load(slot, result);
      return result;
    });
  }
}

/** The scalars of a carry while the code of its loop is written. */
export class Locals {
  readonly #emission: Emission;
  readonly #slots: readonly (View | undefined)[];
  readonly #locals: readonly (Variable<'f64'> | undefined)[];

  constructor(emission: Emission, { slots }: Carry) {
    this.#emission = emission;
    this.#slots = slots;
    this.#locals = slots.map(
      (slot) => slot && emission.f.variable(scalarKinds[slot.dtype] as 'f64', emission.load(slot) as Value<'f64'>),
    );
  }

  /** Sets the registers of a body that begins. */
  enter(inside: readonly (View | Scalar)[]): void {
    this.#locals.forEach((local, i) => {
      if (local) this.#emission.set(inside[i] as Scalar, local.get());
    });
  }

  /** What a round leaves for the next one. */
  update(scalars: readonly (Scalar | undefined)[]): void {
    const values = scalars.map((x) => x && this.#emission.value(x));
    this.#locals.forEach((local, i) => local?.set(values[i] as Value<'f64'>));
  }

  /** Puts them back in their slots at the end of a call. */
  save(): void {
    this.#locals.forEach((local, i) => {
      if (local) this.#emission.store(this.#slots[i] as View, local.get());
    });
  }
}

/** The part of a stack that belongs to a round. */
export function sliceOf(fusion: Fusion, stack: View, index: Scalar): View {
  const step = (stack.strides[0] as number) * bytesOf[stack.dtype];
  const buffer: Buffer = fusion.part(stack, (emission, first) =>
    first.add((emission.value(index) as Value<'i32'>).mul(step)),
  );
  return { ...stack, shape: stack.shape.slice(1), strides: stack.strides.slice(1), offset: 0, buffer };
}
