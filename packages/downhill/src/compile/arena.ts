import type { DType } from '../tensor/dtype.ts';
import { type Buffer, bytesOf } from './expressions.ts';

const alignment = 16;

const roundUp = (bytes: number): number => Math.ceil(bytes / alignment) * alignment;

/** A buffer as a message names it. */
export interface Planned {
  readonly dtype: DType;
  readonly elements: number;
  readonly bytes: number;
  readonly owner: object | undefined;
  readonly address: number;
}

/** Buffers a message names. */
const listed = 3;

/**
 * The memory of one Program, planned while it is compiled: every buffer gets its place then, and places are used again
 * once nobody reads them.
 */
export class Arena {
  /** Free stretches, in order of address, none touching another. */
  readonly #free: { address: number; bytes: number }[] = [];
  #end: number;
  #allocated = 0;
  /** Whose buffers are planned now. */
  owner: object | undefined;
  readonly #largest: Planned[] = [];
  /** Every buffer in the order they were given out. */
  readonly placed: Planned[] = [];

  constructor(start: number) {
    this.#end = roundUp(start);
  }

  /** Bytes from 0 to the end of the highest buffer there has been. */
  get bytes(): number {
    return this.#end;
  }

  /** Bytes of all buffers ever planned: what memory would be without using places again. */
  get planned(): number {
    return this.#allocated;
  }

  /** The largest buffers planned, the largest first. */
  get largest(): readonly Planned[] {
    return this.#largest;
  }

  #note(dtype: DType, elements: number, bytes: number, address: number): void {
    this.#allocated += bytes;
    const planned: Planned = { dtype, elements, bytes, owner: this.owner, address };
    this.placed.push(planned);
    if (bytes <= (this.#largest[listed - 1]?.bytes ?? 0)) return;
    this.#largest.push(planned);
    this.#largest.sort((a, b) => b.bytes - a.bytes);
    this.#largest.length = Math.min(this.#largest.length, listed);
  }

  allocate(dtype: DType, elements: number): Buffer {
    const bytes = Math.max(roundUp(elements * bytesOf[dtype]), alignment);
    const address = this.#place(bytes);
    this.#note(dtype, elements, bytes, address);
    return { dtype, bytes, address, uses: 0 };
  }

  /** A place that was never used before and never will be again: for data that is there from the start. */
  reserve(dtype: DType, elements: number): Buffer {
    const bytes = Math.max(roundUp(elements * bytesOf[dtype]), alignment);
    const address = this.#end;
    this.#note(dtype, elements, bytes, address);
    this.#end += bytes;
    return { dtype, bytes, address, uses: -1 };
  }

  #place(bytes: number): number {
    let best = -1;
    this.#free.forEach((gap, i) => {
      if (gap.bytes >= bytes && (best < 0 || gap.bytes < (this.#free[best] as { bytes: number }).bytes)) best = i;
    });
    if (best >= 0) {
      const gap = this.#free[best] as { address: number; bytes: number };
      const { address } = gap;
      if (gap.bytes === bytes) this.#free.splice(best, 1);
      else {
        gap.address += bytes;
        gap.bytes -= bytes;
      }
      return address;
    }
    const address = this.#end;
    this.#end += bytes;
    return address;
  }

  release({ address, bytes }: Buffer): void {
    if (typeof address !== 'number') return;
    const at = this.#free.findIndex((gap) => gap.address > address);
    const index = at < 0 ? this.#free.length : at;
    this.#free.splice(index, 0, { address, bytes });
    for (const i of [index, index - 1]) {
      const [gap, next] = [this.#free[i], this.#free[i + 1]];
      if (gap && next && gap.address + gap.bytes === next.address) {
        gap.bytes += next.bytes;
        this.#free.splice(i + 1, 1);
      }
    }
  }
}
