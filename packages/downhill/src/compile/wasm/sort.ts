import type { FunctionBuilder, FunctionHost, FunctionReference } from './function.ts';
import { byteSize } from './kinds.ts';
import type { Value } from './value.ts';

type Key = 'f32' | 'f64' | 'i32';

export interface SortOptions {
  readonly kind: Key;
  /** Compare i32 keys as unsigned numbers. */
  readonly unsigned?: boolean;
  /** An array of i32 beside the keys is permuted with them: start it as 0, 1, … for argsort. */
  readonly withIndices?: boolean;
}

/**
 * (keys, indices, keyScratch, indexScratch, count): sorts ascending, in place; the scratch arrays are as long as the
 * arrays. Without indices both index addresses are ignored.
 */
export type SortFunction = FunctionReference<readonly ['i32', 'i32', 'i32', 'i32', 'i32'], readonly []>;

/** Runs this long are sorted by insertion before merging starts. */
const RUN = 8;

interface Arrays {
  readonly keys: Value<'i32'>;
  readonly indices: Value<'i32'>;
}

/**
 * A stable merge sort, n log n comparisons at worst. NaNs of any sign come last; −0 and +0 are equal and keep their
 * order, as in NumPy and JAX.
 */
export function sortFunction(module: FunctionHost, name: string, options: SortOptions): SortFunction {
  return module.function(
    name,
    ['i32', 'i32', 'i32', 'i32', 'i32'],
    [],
    (f, keys, indices, keyScratch, indexScratch, count) => {
      const s = new SortEmitter(f, options);
      f.for(0, count, RUN, (start) => {
        s.insertionSort({ keys, indices }, start, start.add(RUN).min(count));
      });
      const width = f.variable('i32', RUN);
      const source = { keys: f.variable('i32', keys), indices: f.variable('i32', indices) };
      const target = { keys: f.variable('i32', keyScratch), indices: f.variable('i32', indexScratch) };
      f.while(
        () => width.get().ltU(count),
        () => {
          const from = { keys: source.keys.get(), indices: source.indices.get() };
          const to = { keys: target.keys.get(), indices: target.indices.get() };
          const w = width.get();
          f.for(0, count, w.mul(2), (start) => {
            const middle = start.add(w).min(count);
            s.merge(from, to, start, middle, middle.add(w).min(count));
          });
          source.keys.set(to.keys);
          source.indices.set(to.indices);
          target.keys.set(from.keys);
          target.indices.set(from.indices);
          width.set(w.mul(2));
        },
      );
      f.if(source.keys.get().ne(keys), () => {
        f.copyMemory(keys, source.keys.get(), count.mul(byteSize(options.kind)));
        if (options.withIndices === true) {
          f.copyMemory(indices, source.indices.get(), count.mul(4));
        }
      });
    },
    { shared: true },
  );
}

class SortEmitter {
  private readonly f: FunctionBuilder;
  private readonly options: SortOptions;

  constructor(f: FunctionBuilder, options: SortOptions) {
    this.f = f;
    this.options = options;
  }

  /** Inserts elements start + 1 … stop − 1 one after another among those before. */
  insertionSort(arrays: Arrays, start: Value<'i32'>, stop: Value<'i32'>): void {
    const { f } = this;
    f.for(start.add(1), stop, 1, (i) => {
      const key = this.key(arrays, i);
      const index = this.index(arrays, i);
      const j = f.variable('i32', i);
      f.block((done) => {
        f.loop((again) => {
          done.goIf(j.get().le(start));
          const before = j.get().sub(1);
          const other = this.key(arrays, before);
          done.goIf(this.less(key, other).eqz());
          this.put(arrays, j.get(), other, this.index(arrays, before));
          j.set(before);
          again.go();
        });
      });
      this.put(arrays, j.get(), key, index);
    });
  }

  /** Merges the sorted start … middle − 1 and middle … stop − 1; the left one goes first when equal. */
  merge(from: Arrays, to: Arrays, start: Value<'i32'>, middle: Value<'i32'>, stop: Value<'i32'>): void {
    const { f } = this;
    const left = f.variable('i32', start);
    const right = f.variable('i32', middle);
    f.for(start, stop, 1, (out) => {
      const takeRight = f.variable('i32', left.get().ge(middle));
      f.if(left.get().lt(middle).and(right.get().lt(stop)), () => {
        takeRight.set(this.less(this.key(from, right.get()), this.key(from, left.get())));
      });
      const at = takeRight.get().select(right.get(), left.get());
      this.put(to, out, this.key(from, at), this.index(from, at));
      right.set(right.get().add(takeRight.get()));
      left.set(left.get().add(1).sub(takeRight.get()));
    });
  }

  /** a before b, strictly. */
  private less(a: Value<Key>, b: Value<Key>): Value<'i32'> {
    const { kind, unsigned = false } = this.options;
    if (kind === 'i32') return (unsigned ? a.ltU(b) : a.lt(b)) as Value<'i32'>;
    const nanAfter = (b.ne(b) as Value<'i32'>).and(a.eq(a) as Value<'i32'>);
    return (a.lt(b) as Value<'i32'>).or(nanAfter);
  }

  private key({ keys }: Arrays, i: Value<'i32'>): Value<Key> {
    const { kind } = this.options;
    return this.f.load(kind, keys.add(i.mul(byteSize(kind)))) as Value<Key>;
  }

  private index({ indices }: Arrays, i: Value<'i32'>): Value<'i32'> | undefined {
    if (this.options.withIndices !== true) return undefined;
    return this.f.load('i32', indices.add(i.mul(4)));
  }

  private put({ keys, indices }: Arrays, i: Value<'i32'>, key: Value<Key>, index: Value<'i32'> | undefined): void {
    this.f.store(keys.add(i.mul(byteSize(this.options.kind))), key);
    if (index !== undefined) this.f.store(indices.add(i.mul(4)), index);
  }
}
