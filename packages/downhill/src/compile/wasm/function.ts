import type { Features } from './features.ts';
import { type Kind, stackType } from './kinds.ts';
import { MemoryBuilder } from './memory.ts';
import { literal, type Operand, Value } from './value.ts';

/** A function of the module under construction, or one it imports. */
export interface FunctionReference<
  P extends readonly Kind[] = readonly Kind[],
  R extends readonly Kind[] = readonly Kind[],
> {
  readonly name: string;
  readonly params: P;
  readonly results: R;
  /** Depends on nothing but its arguments and changes nothing: calls may be dropped. */
  readonly pure: boolean;
}

/** The values of a list of kinds, one each. */
export type ValuesOf<P extends readonly Kind[]> = {
  [I in keyof P]: Value<P[I]>;
};
export type OperandsOf<P extends readonly Kind[]> = {
  [I in keyof P]: Operand<P[I]>;
};

/** The module a function belongs to, as far as its body needs it: to call shared kernels, made on first use. */
export interface FunctionHost {
  readonly features: Features;
  /** Math kernels written in place so far. */
  copies: number;
  find(name: string): FunctionReference | undefined;
  /**
   * What was made for the same stem and key before, or what `make` makes now, under a name that no other function has:
   * functions whose code is the same are there once. Without a key it is made anew.
   */
  once<T>(stem: string, key: string | undefined, make: (name: string) => T): T;
  function<const P extends readonly Kind[], const R extends readonly Kind[]>(
    name: string,
    params: P,
    results: R,
    body: (f: FunctionBuilder, ...params: ValuesOf<P>) => FunctionResult<R>,
    options?: FunctionOptions,
  ): FunctionReference<P, R>;
}

export interface FunctionOptions {
  /** Also callable from outside, under its own name. */
  readonly export?: boolean;
  /** See {@link FunctionReference.pure}. */
  readonly pure?: boolean;
  /** Serves several callers, so that it stands for nothing of its own. */
  readonly shared?: boolean;
}

/** What a body gives back: nothing, the value, or the list of values. */
export type FunctionResult<R extends readonly Kind[]> = R extends readonly []
  ? // biome-ignore lint/suspicious/noConfusingVoidType: a body without results may simply end
    void
  : R extends readonly [infer K extends Kind]
    ? Value<K>
    : ValuesOf<R>;

/** A place `break` (of a block) or `continue` (of a loop) can go to. */
export interface Label {
  go(): void;
  goIf(condition: Value<'i32'>): void;
}

/**
 * Builds the body of one function. Arithmetic lives on values; constants and variables, memory, calls and control flow
 * are here. Everything is checked as it is written: a wrong kind throws an AssemblyError naming the function.
 */
export class FunctionBuilder extends MemoryBuilder {
  // Calls.

  /** Calls a function with one result. */
  call<P extends readonly Kind[], K extends Kind>(
    target: FunctionReference<P, readonly [K]>,
    ...args: OperandsOf<P>
  ): Value<K> {
    return this.callAll(target, ...args)[0] as Value<K>;
  }

  /** Calls a function with any number of results, none included. */
  callAll<P extends readonly Kind[], R extends readonly Kind[]>(
    target: FunctionReference<P, R>,
    ...args: OperandsOf<P>
  ): ValuesOf<R> {
    if (args.length !== target.params.length) {
      throw this.fail(`${target.name} takes ${target.params.length} arguments, got ${args.length}`);
    }
    const values = target.params.map((kind, k) => {
      const value = this.use(literal(this, kind, args[k] as Operand<Kind>));
      if (value.kind !== kind) {
        throw this.fail(`argument ${k} of ${target.name} must be ${kind}, got ${value.kind}`);
      }
      return value;
    });
    if (target.pure && target.results.length === 1) {
      const value = new Value(this, 'call', target.results[0], values, target);
      return [this.place(value)] as unknown as ValuesOf<R>;
    }
    const results = target.results.map((kind) => new Value(this, 'result', kind, [], undefined));
    this.pushEffect('call', values, target, results);
    return results as unknown as ValuesOf<R>;
  }

  // Control flow.

  if(condition: Value<'i32'>, then: () => void, otherwise?: () => void): void {
    this.checkCondition(condition);
    const position = this.position++;
    const item = {
      type: 'if' as const,
      condition,
      whenTrue: this.nested(false, then),
      whenFalse: otherwise === undefined ? undefined : this.nested(false, otherwise),
      position,
    };
    this.push(item);
  }

  /** A block its label leaves: `f.block((done) => { …; done.goIf(x); … })`. */
  block(body: (done: Label) => void): void {
    this.labelled('block', body);
  }

  /** A loop its label repeats; falling off the end leaves it. */
  loop(body: (again: Label) => void): void {
    this.labelled('loop', body);
  }

  /** `for (i = from; i < to; i += step)`, signed, `step` > 0; `to` is read once. */
  for(from: Operand<'i32'>, to: Operand<'i32'>, step: Operand<'i32'>, body: (i: Value<'i32'>) => void): void {
    const stop = literal(this, 'i32', to);
    const counter = this.variable('i32', from);
    this.if(counter.get().lt(stop), () => {
      this.loop((again) => {
        body(counter.get());
        counter.set(counter.get().add(step));
        again.goIf(counter.get().lt(stop));
      });
    });
  }

  /** Repeats `body` while the condition, computed anew each time, is not 0. */
  while(condition: () => Value<'i32'>, body: () => void): void {
    this.block((done) => {
      this.loop((again) => {
        done.goIf(condition().eqz());
        body();
        again.go();
      });
    });
  }

  return(...values: readonly Value[]): void {
    this.checkResults(values);
    this.pushEffect('return', values, undefined, []);
  }

  /** Traps: for what cannot happen. */
  unreachable(): void {
    this.pushEffect('unreachable', [], undefined, []);
  }

  checkResults(values: readonly Value[]): void {
    const got = values.map((v) => v.kind).join(', ');
    const want = this.results.join(', ');
    if (
      values.length !== this.results.length ||
      values.some((v, k) => stackType(v.kind) !== stackType(this.results[k]))
    ) {
      throw this.fail(`it must return (${want}), got (${got})`);
    }
    for (const value of values) this.use(value);
  }

  private labelled(type: 'block' | 'loop', body: (label: Label) => void): void {
    const position = this.position++;
    const block = this.nested(type === 'loop', (self) => {
      const go = (condition: Value<'i32'> | undefined) => {
        if (!self.open) throw this.fail(`a branch to a ${type} that has ended`);
        if (condition !== undefined) this.checkCondition(condition);
        this.push({
          type: 'branch',
          target: self,
          condition,
          position: this.position++,
        });
      };
      body({ go: () => go(undefined), goIf: (condition) => go(condition) });
    });
    this.push({ type, body: block, position });
  }
}
