import { type Kind, lanesOf, stackType } from './kinds.ts';
import { instructionName } from './opcodes.ts';
import { MEMORY, Recorder } from './recorder.ts';
import { literal, type Operand, Value } from './value.ts';

const readsMemory = [MEMORY];

/** Loads, stores and atomics of a function builder. Addresses are in bytes; `offset` is added for free. */
export class MemoryBuilder extends Recorder {
  load<K extends Kind>(kind: K, address: Value<'i32'>, offset = 0): Value<K> {
    return this.loadAs(instructionName(stackType(kind), 'load'), kind, address, offset);
  }

  /** A load by instruction name, as `loadAs('i32.load8_u', 'i32', address)`. */
  loadAs<K extends Kind>(op: string, kind: K, address: Value<'i32'>, offset = 0): Value<K> {
    this.checkTypes(op, kind, [address]);
    const value = new Value(this, op, kind, [address], this.memoryImmediate(op, offset));
    value.reads = readsMemory;
    return this.place(value);
  }

  /** One scalar read into every lane of a vector. */
  loadSplat<K extends 'i32x4' | 'i64x2' | 'f32x4' | 'f64x2'>(kind: K, address: Value<'i32'>, offset = 0): Value<K> {
    return this.loadAs(`v128.load${128 / lanesOf(kind)}_splat`, kind, address, offset);
  }

  store(address: Value<'i32'>, value: Value, offset = 0): void {
    this.effect(instructionName(stackType(value.kind), 'store'), [address, value], offset);
  }

  /** A store by instruction name, as `storeAs('i32.store8', address, value)`. */
  storeAs(op: string, address: Value<'i32'>, value: Value, offset = 0): void {
    this.effect(op, [address, value], offset);
  }

  /** Stores the first `count` lanes of a vector, for the ragged end of a row. */
  storeLanes(address: Value<'i32'>, value: Value, count: number, offset = 0): void {
    const bits = 128 / lanesOf(value.kind);
    let lane = 0;
    while (lane < count) {
      // two neighbours go in one store
      const pair = bits === 32 && lane + 2 <= count;
      const width = pair ? 64 : bits;
      this.storeLane(address, value, width, (lane * bits) / width, offset + (lane * bits) / 8);
      lane += pair ? 2 : 1;
    }
  }

  /** Stores lane `lane` of a vector seen as lanes of `bits`. */
  storeLane(address: Value<'i32'>, value: Value, bits: number, lane: number, offset = 0): void {
    const op = `v128.store${bits}_lane`;
    this.checkTypes(op, undefined, [address, value]);
    this.pushEffect(op, [address, value], { ...this.memoryImmediate(op, offset), lane }, []);
  }

  copyMemory(to: Value<'i32'>, from: Value<'i32'>, bytes: Value<'i32'>): void {
    this.effect('memory.copy', [to, from, bytes]);
  }

  fillMemory(to: Value<'i32'>, byte: Operand<'i32'>, bytes: Value<'i32'>): void {
    this.effect('memory.fill', [to, literal(this, 'i32', byte), bytes]);
  }

  // Atomics; they need a shared memory (and `wait` a thread that may block).

  atomicLoad(address: Value<'i32'>, offset = 0): Value<'i32'> {
    return this.effectValue('i32.atomic.load', [address], offset);
  }

  atomicStore(address: Value<'i32'>, value: Operand<'i32'>, offset = 0): void {
    this.effect('i32.atomic.store', [address, literal(this, 'i32', value)], offset);
  }

  /** Read, modify, write in one step; gives the old value. */
  atomicUpdate(
    operation: 'add' | 'sub' | 'and' | 'or' | 'xor' | 'xchg',
    address: Value<'i32'>,
    value: Operand<'i32'>,
    offset = 0,
  ): Value<'i32'> {
    const args = [address, literal(this, 'i32', value)];
    return this.effectValue(`i32.atomic.rmw.${operation}`, args, offset);
  }

  atomicCompareExchange(
    address: Value<'i32'>,
    expected: Operand<'i32'>,
    replacement: Operand<'i32'>,
    offset = 0,
  ): Value<'i32'> {
    const args = [address, literal(this, 'i32', expected), literal(this, 'i32', replacement)];
    return this.effectValue('i32.atomic.rmw.cmpxchg', args, offset);
  }

  /** Sleeps while memory holds `expected`: 0 woken, 1 not equal, 2 timed out (nanoseconds, −1 never). */
  atomicWait(address: Value<'i32'>, expected: Operand<'i32'>, timeout: Operand<'i64'> = -1n, offset = 0): Value<'i32'> {
    const args = [address, literal(this, 'i32', expected), literal(this, 'i64', timeout)];
    return this.effectValue('memory.atomic.wait32', args, offset);
  }

  /** Wakes up to `count` sleepers; gives how many. */
  atomicNotify(address: Value<'i32'>, count: Operand<'i32'> = -1, offset = 0): Value<'i32'> {
    return this.effectValue('memory.atomic.notify', [address, literal(this, 'i32', count)], offset);
  }
}
