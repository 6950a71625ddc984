import { type StackType, stackType } from './kinds.ts';
import type { Block, Item, Recorder } from './recorder.ts';
import type { Immediate, Use, Value } from './value.ts';

/** One instruction of a function body, in order. */
export interface Instruction {
  readonly op: string;
  readonly immediate?: Immediate | undefined;
}

export interface LoweredFunction {
  readonly name: string;
  readonly params: readonly StackType[];
  readonly results: readonly StackType[];
  readonly locals: readonly StackType[];
  /** Instructions, and marks of what they stand for. */
  readonly body: readonly Instruction[];
  /** What the function as a whole stands for: several things, when it is there once for all of them. */
  readonly origins?: ReadonlySet<object> | undefined;
}

/** Longer chains of single-use values are cut by a local, so that no recursion is deep. */
const MAX_INLINE_DEPTH = 48;

/**
 * Turns a function's values and statements into instructions.
 *
 * A value is written where it is used when that changes nothing: it has one use, in the block it was made in, and
 * nothing it reads (a variable, memory) changes in between. Otherwise it is computed where it was made and kept in a
 * local. Values nobody uses are dropped. Vector constants used inside a loop move to the top of the function, because
 * engines rebuild a 128-bit constant wherever it stands.
 */
export function lowerFunction(builder: Recorder, results: readonly Value[]): LoweredFunction {
  return new Lowering(builder, results).run();
}

class Lowering {
  private readonly builder: Recorder;
  private readonly results: readonly Value[];
  private readonly constants = new Set<Value>();
  private readonly locals: StackType[];
  private readonly code: Instruction[] = [];
  private readonly labels: object[] = [];
  private readonly hoisted = new Map<Value, number>();

  constructor(builder: Recorder, results: readonly Value[]) {
    this.builder = builder;
    this.results = results;
    this.locals = builder.locals.map(stackType);
  }

  run(): LoweredFunction {
    const end = { position: this.builder.length, block: this.builder.body };
    for (const value of this.results) this.addUse(value, end);
    const order: Value[] = [];
    this.collect(this.builder.body, order);
    for (let k = order.length - 1; k >= 0; k--) this.place(order[k]);
    for (const item of this.hoistedConstants()) this.code.push(...item);
    this.emitBlock(this.builder.body);
    for (const value of this.results) this.emit(value);
    const params = this.builder.params.map((p) => stackType(p.kind));
    return {
      name: this.builder.name,
      params,
      results: this.builder.results.map(stackType),
      locals: this.locals.slice(params.length),
      body: this.code,
    };
  }

  /** Lists values in the order they were made and notes what statements use. */
  private collect(block: Block, order: Value[]): void {
    for (const item of block.items) {
      if (item.type === 'value') {
        order.push(item);
        continue;
      }
      if (item.type === 'mark') continue;
      const use = { position: item.position, block };
      if (item.type === 'set') this.addUse(item.value, use);
      else if (item.type === 'effect') for (const arg of item.args) this.addUse(arg, use);
      else if (item.type === 'if') {
        this.addUse(item.condition, use);
        this.collect(item.whenTrue, order);
        if (item.whenFalse !== undefined) this.collect(item.whenFalse, order);
      } else if (item.type === 'branch') {
        if (item.condition !== undefined) this.addUse(item.condition, use);
      } else this.collect(item.body, order);
    }
  }

  private addUse(value: Value, use: Use): void {
    if (value.uses === undefined) {
      value.uses = [use];
      if (value.op === 'v128.const') this.constants.add(value);
    } else value.uses.push(use);
  }

  /** Decides inline or local for one value whose users are all decided, and passes its place on to its arguments. */
  private place(value: Value): void {
    const { uses } = value;
    if (uses === undefined) return;
    const inline = this.canInline(value, uses);
    if (!inline) value.local = this.newLocal(value);
    if (value.args.length === 0) return;
    const place = inline ? uses[0] : { position: value.position, block: value.block as object };
    const nesting = inline ? value.nesting + 1 : 1;
    for (const arg of value.args) {
      if (arg.nesting < nesting) arg.nesting = nesting;
      this.addUse(arg, place);
    }
  }

  private canInline(value: Value, uses: readonly Use[]): boolean {
    if (value.nesting > MAX_INLINE_DEPTH) return false;
    const once = uses.length === 1 || value.op === 'read';
    return once && uses.every((use) => use.block === value.block && !this.clobbered(value, use));
  }

  /** Does something the value reads change after it was made and before it is used? */
  private clobbered(value: Value, use: Use): boolean {
    for (const dependency of value.reads) {
      const changes = this.builder.changes.get(dependency);
      if (changes === undefined) continue;
      let low = 0;
      let high = changes.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (changes[middle] <= value.position) low = middle + 1;
        else high = middle;
      }
      if (low < changes.length && changes[low] < use.position) return true;
    }
    return false;
  }

  private hoistedConstants(): Instruction[][] {
    const found: Instruction[][] = [];
    const locals = new Map<string, number>();
    for (const value of this.constants) {
      if (!value.uses?.some((use) => (use.block as Block).inLoop)) continue;
      const bytes = value.immediate as Uint8Array;
      const key = bytes.join();
      const same = locals.get(key);
      if (same !== undefined) this.hoisted.set(value, same);
      if (same !== undefined || bytes.every((b) => b === 0)) continue;
      const local = this.newLocal(value);
      locals.set(key, local);
      this.hoisted.set(value, local);
      found.push([
        { op: 'v128.const', immediate: bytes },
        { op: 'local.set', immediate: local },
      ]);
    }
    return found;
  }

  private newLocal(value: Value): number {
    this.locals.push(stackType(value.kind));
    return this.locals.length - 1;
  }

  private emitBlock(block: Block): void {
    for (const item of block.items) this.emitItem(item);
  }

  private emitItem(item: Item): void {
    switch (item.type) {
      case 'value': {
        const { local } = item;
        if (local < 0) return;
        this.compute(item);
        this.code.push({ op: 'local.set', immediate: local });
        return;
      }
      case 'mark':
        this.code.push({ op: 'mark', immediate: item.origin });
        return;
      case 'set':
        this.emit(item.value);
        this.code.push({ op: 'local.set', immediate: item.local });
        return;
      case 'effect': {
        for (const arg of item.args) this.emit(arg);
        this.code.push({ op: item.op, immediate: item.immediate });
        for (const result of [...item.results].reverse()) {
          if (result.uses !== undefined) {
            result.local = this.newLocal(result);
            this.code.push({ op: 'local.set', immediate: result.local });
          } else this.code.push({ op: 'drop', immediate: stackType(result.kind) });
        }
        return;
      }
      case 'if':
        this.emit(item.condition);
        this.open('if', item);
        this.emitBlock(item.whenTrue);
        if (item.whenFalse !== undefined) {
          this.code.push({ op: 'else' });
          this.emitBlock(item.whenFalse);
        }
        this.close();
        return;
      case 'branch': {
        if (item.condition !== undefined) this.emit(item.condition);
        const depth = this.labels.length - 1 - this.labels.indexOf(item.target);
        this.code.push({
          op: item.condition === undefined ? 'br' : 'br_if',
          immediate: depth,
        });
        return;
      }
      default:
        this.open(item.type, item.body);
        this.emitBlock(item.body);
        this.close();
    }
  }

  private open(op: string, label: object): void {
    this.code.push({ op });
    this.labels.push(label);
  }

  private close(): void {
    this.code.push({ op: 'end' });
    this.labels.pop();
  }

  /** Puts a value on the stack: from its local, or by computing it here. */
  private emit(value: Value): void {
    if (value.local >= 0) this.code.push({ op: 'local.get', immediate: value.local });
    else this.compute(value);
  }

  private compute(value: Value): void {
    if (value.op === 'param' || value.op === 'read') {
      this.code.push({ op: 'local.get', immediate: value.immediate });
      return;
    }
    if (value.op === 'v128.const') {
      const local = this.hoisted.get(value);
      if (local !== undefined) {
        this.code.push({ op: 'local.get', immediate: local });
        return;
      }
    }
    for (const arg of value.args) this.emit(arg);
    if (value.op !== 'view') this.code.push({ op: value.op, immediate: value.immediate });
  }
}
