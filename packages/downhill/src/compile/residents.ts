import type { TypedArray } from '../tensor/dtype.ts';
import { DonatedError } from '../tensor/errors.ts';
import { DenseTensor } from '../tensor/tensor.ts';
import type { Donation } from '../trace/apply.ts';
import { copy, copyOut, type Place } from './places.ts';

/** Arrays shorter than this are copied in without asking whether they are there already. */
const worthRemembering = 64;

/**
 * Tensors by number. Not by WeakRef: those keep what they refer to until the running job ends, and a loop of a million
 * steps is one job.
 */
const numbers = new WeakMap<DenseTensor, number>();
let last = 0;

function numberOf(x: DenseTensor): number {
  let found = numbers.get(x);
  if (found === undefined) {
    found = ++last;
    numbers.set(x, found);
  }
  return found;
}

/**
 * What lies in the input places of a module between runs. An array given again is there already, because tensors never
 * change; a result in the place of a donated input is read when it is wanted, or moved out before it is overwritten.
 */
export class Residents {
  readonly #count: number;
  readonly #shared: readonly (number | undefined)[];
  readonly #results: readonly Place[];
  readonly #donation: Donation | undefined;
  /** The number of the tensor whose elements are in an input place. */
  readonly #held: (number | undefined)[] = [];
  /** The results of the last run that live in a donated place. */
  readonly #unread = new Map<number, DenseTensor>();
  #owned: ReadonlySet<number>;

  constructor(
    count: number,
    shared: readonly (number | undefined)[],
    results: readonly Place[],
    donation: Donation | undefined,
  ) {
    this.#count = count;
    this.#shared = shared;
    this.#results = results;
    this.#donation = donation;
    this.#owned = new Set(shared.filter((i) => i !== undefined));
  }

  enter(inputs: readonly DenseTensor[], places: readonly TypedArray[]): void {
    if (this.#donation) this.#check(inputs);
    for (let i = 0; i < this.#count; i++) {
      const x = inputs[i] as DenseTensor;
      const place = places[i] as TypedArray;
      const owned = this.#owned.has(i);
      if (place.length < worthRemembering && !owned) copy(x.data, place);
      else if (this.#unread.get(i) !== x && (owned || this.#held[i] !== numberOf(x))) {
        // read before the place is written: it may be what lies there
        const elements = x.data;
        moveOut(this.#unread.get(i));
        // gone from here, also when an input further on cannot be read and nothing runs
        this.#unread.delete(i);
        copy(elements, place);
        if (!owned) this.#held[i] = numberOf(x);
      }
    }
    if (!this.#donation) return;
    // another result in a place that this run overwrites is read out, for whoever may still want it
    for (const [i, x] of this.#unread) if (x !== inputs[i]) moveOut(x);
    this.#unread.clear();
    for (const i of this.#donation.inputs) (inputs[i] as DenseTensor).donate(this.#donation.owner);
  }

  #check(inputs: readonly DenseTensor[]): void {
    const { inputs: given, owner } = this.#donation as Donation;
    for (const i of given) {
      const x = inputs[i] as DenseTensor;
      // reading it is the error
      if (x.isDonated) void x.data;
      if (inputs.indexOf(x) !== inputs.lastIndexOf(x)) {
        throw new DonatedError(
          `${owner} was given one tensor as two arguments, and one of them is donated; pass a copy`,
        );
      }
    }
  }

  /** Forgets what lies in memory; results still wanted are moved out. */
  clear(): void {
    for (const x of this.#unread.values()) moveOut(x);
    this.#unread.clear();
    this.#held.length = 0;
  }

  leave(outputs: readonly TypedArray[]): DenseTensor[] {
    return outputs.map((data, k) => {
      const { dtype, shape, weak } = this.#results[k] as Place;
      const place = this.#shared[k];
      if (place === undefined) return new DenseTensor(copyOut(data), shape, dtype, weak);
      // by way of the list, which keeps the memory from serving another module
      const result = new DenseTensor(() => copyOut(outputs[k] as TypedArray), shape, dtype, weak);
      this.#unread.set(place, result);
      return result;
    });
  }
}

/** Gives a result that is still wanted elements of its own. */
function moveOut(x: DenseTensor | undefined): void {
  if (x && !x.isDonated) void x.data;
}
