const alignment = 16;

const roundUp = (bytes: number): number => Math.ceil(bytes / alignment) * alignment;

/** A piece of memory. */
export interface Stretch {
  readonly address: number;
  readonly bytes: number;
}

/** One piece of memory that is given out in stretches, each the smallest free one that is long enough. */
export class Arena {
  /** Free stretches, in order of address, none touching another. */
  readonly #free: { address: number; bytes: number }[] = [];
  #end: number;

  constructor(start: number) {
    this.#end = roundUp(start);
  }

  /** Bytes from 0 to the end of the highest stretch there has been. */
  get bytes(): number {
    return this.#end;
  }

  /** A stretch of at least so many bytes, which nobody else has. */
  allocate(least: number): Stretch {
    const bytes = Math.max(roundUp(least), alignment);
    let best = -1;
    this.#free.forEach((gap, i) => {
      if (gap.bytes >= bytes && (best < 0 || gap.bytes < (this.#free[best] as Stretch).bytes)) best = i;
    });
    if (best < 0) {
      const address = this.#end;
      this.#end += bytes;
      return { address, bytes };
    }
    const gap = this.#free[best] as { address: number; bytes: number };
    const { address } = gap;
    if (gap.bytes === bytes) this.#free.splice(best, 1);
    else {
      gap.address += bytes;
      gap.bytes -= bytes;
    }
    return { address, bytes };
  }

  /** Takes a stretch back. */
  release({ address, bytes }: Stretch): void {
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
