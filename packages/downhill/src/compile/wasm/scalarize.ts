import { AssemblyError } from './errors.ts';
import type { StackType } from './kinds.ts';
import type { Instruction, LoweredFunction } from './lower.ts';
import type { Immediate, MemoryImmediate } from './value.ts';

/**
 * A function without 128-bit vectors that does the same to the bit: every vector becomes two i64, every operation on one
 * an operation on each of its lanes. It is for engines without SIMD; fused multiply-adds are not in its input.
 */
export function scalarize(f: LoweredFunction): LoweredFunction {
  const uses = [...f.params, ...f.results, ...f.locals].includes('v128') || f.body.some(({ op }) => isVectorOp(op));
  return uses ? new Scalarizer(f).run() : f;
}

/** The types of a signature with each vector as its two halves. */
export const halved = (types: readonly StackType[]): StackType[] =>
  types.flatMap((t): StackType[] => (t === 'v128' ? ['i64', 'i64'] : [t]));

const isVectorOp = (op: string): boolean => /^(v128|[if]\d+x\d+)\./.test(op);

type Shape = 'i8x16' | 'i16x8' | 'i32x4' | 'i64x2' | 'f32x4' | 'f64x2';

const bitsOf: Readonly<Record<Shape, number>> = { i8x16: 8, i16x8: 16, i32x4: 32, i64x2: 64, f32x4: 32, f64x2: 64 };

/** The scalar type the lanes of a shape are computed in. */
const laneType = (shape: Shape): 'i32' | 'i64' | 'f32' | 'f64' =>
  shape.startsWith('f') ? (shape === 'f32x4' ? 'f32' : 'f64') : shape === 'i64x2' ? 'i64' : 'i32';

const lanesIn = (shape: Shape): number => 128 / bitsOf[shape];

type Code = Instruction[];

const op = (name: string, immediate?: Immediate): Instruction =>
  immediate === undefined ? { op: name } : { op: name, immediate };
const get = (local: number): Instruction => op('local.get', local);
const set = (local: number): Instruction => op('local.set', local);
const i32 = (value: number): Instruction => op('i32.const', value);
const i64 = (value: bigint | number): Instruction => op('i64.const', BigInt(value));

const comparisons = new Set('eq ne lt gt le ge lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u'.split(' '));
const sameInScalars = new Set('add sub mul div min max abs neg sqrt ceil floor trunc nearest'.split(' '));
const conversions: Readonly<Record<string, readonly [from: Shape, instruction: string]>> = {
  'f32x4.convert_i32x4_s': ['i32x4', 'f32.convert_i32_s'],
  'f32x4.convert_i32x4_u': ['i32x4', 'f32.convert_i32_u'],
  'i32x4.trunc_sat_f32x4_s': ['f32x4', 'i32.trunc_sat_f32_s'],
  'i32x4.trunc_sat_f32x4_u': ['f32x4', 'i32.trunc_sat_f32_u'],
  'i32x4.trunc_sat_f64x2_s_zero': ['f64x2', 'i32.trunc_sat_f64_s'],
  'i32x4.trunc_sat_f64x2_u_zero': ['f64x2', 'i32.trunc_sat_f64_u'],
  'f64x2.convert_low_i32x4_s': ['i32x4', 'f64.convert_i32_s'],
  'f64x2.convert_low_i32x4_u': ['i32x4', 'f64.convert_i32_u'],
  'f64x2.promote_low_f32x4': ['f32x4', 'f64.promote_f32'],
  'f32x4.demote_f64x2_zero': ['f64x2', 'f32.demote_f64'],
};

class Scalarizer {
  private readonly f: LoweredFunction;
  private readonly code: Code = [];
  /** Where the locals of the original begin among the new ones. */
  private readonly first: number[] = [];
  private readonly types: readonly StackType[];
  /** The halves of up to three vectors taken from the stack, and a scalar of each type. */
  private readonly halves: readonly (readonly [number, number])[];
  private readonly scratch: Readonly<Record<'i32' | 'i64' | 'f32' | 'f64', number>>;
  private readonly extra: StackType[] = ['i64', 'i64', 'i64', 'i64', 'i64', 'i64', 'i32', 'i64', 'f32', 'f64'];

  constructor(f: LoweredFunction) {
    this.f = f;
    this.types = [...f.params, ...f.locals];
    let next = 0;
    for (const type of this.types) {
      this.first.push(next);
      next += type === 'v128' ? 2 : 1;
    }
    this.halves = [0, 2, 4].map((k) => [next + k, next + k + 1] as const);
    this.scratch = { i32: next + 6, i64: next + 7, f32: next + 8, f64: next + 9 };
  }

  run(): LoweredFunction {
    for (const instruction of this.f.body) this.translate(instruction);
    return {
      ...this.f,
      params: halved(this.f.params),
      results: halved(this.f.results),
      locals: [...halved(this.f.locals), ...this.extra],
      body: this.code,
    };
  }

  private put(...code: Code): void {
    this.code.push(...code);
  }

  private translate(instruction: Instruction): void {
    const { op: name, immediate } = instruction;
    if (name.startsWith('local.')) this.local(name, immediate as number);
    else if (name === 'drop') this.put(op('drop'), ...(immediate === 'v128' ? [op('drop')] : []));
    else if (name === 'select' && immediate === 'v128') {
      this.put(set(this.scratch.i32));
      this.take(2);
      const [[a, b], [c, d]] = this.halves as [readonly [number, number], readonly [number, number]];
      this.put(get(a), get(c), get(this.scratch.i32), op('select'));
      this.put(get(b), get(d), get(this.scratch.i32), op('select'));
    } else if (!isVectorOp(name)) this.put(instruction);
    else if (name.startsWith('v128.')) this.whole(name.slice(5), immediate as Immediate);
    else this.lanewise(name, immediate as Immediate);
  }

  private local(name: string, index: number): void {
    const at = this.first[index] as number;
    if (this.types[index] !== 'v128') this.put(op(name, at));
    else if (name === 'local.get') this.put(get(at), get(at + 1));
    else this.put(set(at + 1), set(at), ...(name === 'local.tee' ? [get(at), get(at + 1)] : []));
  }

  /** Moves `count` vectors from the stack into their places, the first one first. */
  private take(count: number): void {
    for (let k = count - 1; k >= 0; k--) {
      const [low, high] = this.halves[k] as readonly [number, number];
      this.put(set(high), set(low));
    }
  }

  /** One lane of a vector that was taken, as a scalar. Lanes of 8 and 16 bits come with their sign or without. */
  private lane(vector: number, shape: Shape, index: number, signed = false): Code {
    const bits = bitsOf[shape];
    const per = 64 / bits;
    const half = (this.halves[vector] as readonly [number, number])[index < per ? 0 : 1] as number;
    if (bits === 64) return shape === 'f64x2' ? [get(half), op('f64.reinterpret_i64')] : [get(half)];
    const shift = bits * (index % per);
    const word = [get(half), ...(shift > 0 ? [i64(shift), op('i64.shr_u')] : []), op('i32.wrap_i64')];
    if (bits === 32) return shape === 'f32x4' ? [...word, op('f32.reinterpret_i32')] : word;
    return signed ? [...word, op(`i32.extend${bits}_s`)] : [...word, i32(2 ** bits - 1), op('i32.and')];
  }

  /** A vector on the stack, its lanes computed one after the other. */
  private build(shape: Shape, lane: (index: number) => Code): void {
    const bits = bitsOf[shape];
    const per = 64 / bits;
    for (const half of [0, 1]) {
      for (let k = 0; k < per; k++) {
        this.put(...lane(half * per + k));
        if (bits === 64) {
          if (shape === 'f64x2') this.put(op('i64.reinterpret_f64'));
          continue;
        }
        if (shape === 'f32x4') this.put(op('i32.reinterpret_f32'));
        if (bits < 32) this.put(i32(2 ** bits - 1), op('i32.and'));
        this.put(op('i64.extend_i32_u'));
        if (k > 0) this.put(i64(bits * k), op('i64.shl'), op('i64.or'));
      }
    }
  }

  /** Operations on all 128 bits. */
  private whole(name: string, immediate: Immediate): void {
    const both = (...code: ((half: 0 | 1) => Instruction)[]): void => {
      for (const half of [0, 1] as const) this.put(...code.map((c) => c(half)));
    };
    const of =
      (vector: number) =>
      (half: 0 | 1): Instruction =>
        get((this.halves[vector] as readonly [number, number])[half]);
    const plain = (name: string) => (): Instruction => op(name);
    const ones = (): Instruction => i64(-1);
    if (name === 'const') {
      const words = new BigInt64Array((immediate as Uint8Array).slice().buffer);
      this.put(i64(words[0] as bigint), i64(words[1] as bigint));
    } else if (name.startsWith('load') || name.startsWith('store')) this.memory(name, immediate as MemoryImmediate);
    else if (name === 'not') {
      this.take(1);
      both(of(0), ones, plain('i64.xor'));
    } else if (name === 'any_true') {
      this.take(1);
      this.put(of(0)(0), of(0)(1), op('i64.or'), i64(0), op('i64.ne'));
    } else if (name === 'bitselect') {
      this.take(3);
      // b xor ((a xor b) and mask)
      both(of(0), of(1), plain('i64.xor'), of(2), plain('i64.and'), of(1), plain('i64.xor'));
    } else if (name === 'andnot') {
      this.take(2);
      both(of(0), of(1), ones, plain('i64.xor'), plain('i64.and'));
    } else if (name === 'and' || name === 'or' || name === 'xor') {
      this.take(2);
      both(of(0), of(1), plain(`i64.${name}`));
    } else throw this.unknown(`v128.${name}`);
  }

  private memory(name: string, immediate: MemoryImmediate): void {
    const at = (more: number): MemoryImmediate => ({ offset: immediate.offset + more, align: 0 });
    const { i32: address } = this.scratch;
    const [, bits, form] = /^(?:load|store)(\d+)?(?:_(\w+))?$/.exec(name) ?? [];
    if (name === 'load') {
      this.put(set(address), get(address), op('i64.load', at(0)), get(address), op('i64.load', at(8)));
    } else if (name === 'store') {
      this.take(1);
      const [low, high] = this.halves[0] as readonly [number, number];
      this.put(set(address), get(address), get(low), op('i64.store', at(0)));
      this.put(get(address), get(high), op('i64.store', at(8)));
    } else if (form === 'splat') {
      const shape = `i${bits}x${128 / Number(bits)}` as Shape;
      const load = bits === '64' ? 'i64.load' : bits === '32' ? 'i32.load' : `i32.load${bits}_u`;
      const kept = this.scratch[laneType(shape) as 'i32' | 'i64'];
      this.put(op(load, at(0)), set(kept));
      this.build(shape, () => [get(kept)]);
    } else if (form === 'zero') {
      this.put(op(bits === '64' ? 'i64.load' : 'i32.load', at(0)));
      if (bits === '32') this.put(op('i64.extend_i32_u'));
      this.put(i64(0));
    } else if (form === 'lane' && name.startsWith('store')) {
      this.take(1);
      const shape = `i${bits}x${128 / Number(bits)}` as Shape;
      const store = bits === '64' ? 'i64.store' : bits === '32' ? 'i32.store' : `i32.store${bits}`;
      this.put(...this.lane(0, shape, immediate.lane as number), op(store, at(0)));
    } else throw this.unknown(`v128.${name}`);
  }

  private lanewise(full: string, immediate: Immediate): void {
    const [shape, name] = full.split('.') as [Shape, string];
    const type = laneType(shape);
    const bits = bitsOf[shape];
    const conversion = conversions[full];
    const unary = (code: (lane: Code, index: number) => Code): void => {
      this.take(1);
      this.build(shape, (k) => code(this.lane(0, shape, k), k));
    };
    const binary = (code: (a: Code, b: Code) => Code, signed = false): void => {
      this.take(2);
      this.build(shape, (k) => code(this.lane(0, shape, k, signed), this.lane(1, shape, k, signed)));
    };
    const choice = (test: string, signed = false): void =>
      binary((a, b) => [...a, ...b, ...a, ...b, op(`${type}.${test}`), op('select')], signed);
    if (conversion) {
      const [from, instruction] = conversion;
      this.take(1);
      const zero = op(`${type}.const`, 0);
      this.build(shape, (k) => (k < lanesIn(from) ? [...this.lane(0, from, k), op(instruction)] : [zero]));
    } else if (comparisons.has(name)) {
      const negative = (bit: Code): Code => [
        i32(0),
        ...bit,
        op('i32.sub'),
        ...(bits === 64 ? [op('i64.extend_i32_s')] : []),
      ];
      this.take(2);
      const integer = `i${bits}x${128 / bits}` as Shape;
      const signed = name.endsWith('_s');
      this.build(integer, (k) =>
        negative([...this.lane(0, shape, k, signed), ...this.lane(1, shape, k, signed), op(`${type}.${name}`)]),
      );
    } else if (type.startsWith('f') && (name === 'pmin' || name === 'pmax')) {
      const test = (a: Code, b: Code): Code => (name === 'pmin' ? [...b, ...a] : [...a, ...b]);
      binary((a, b) => [...b, ...a, ...test(a, b), op(`${type}.lt`), op('select')]);
    } else if (type.startsWith('f') && sameInScalars.has(name)) {
      if (['abs', 'neg', 'sqrt', 'ceil', 'floor', 'trunc', 'nearest'].includes(name))
        unary((x) => [...x, op(full.replace(shape, type))]);
      else binary((a, b) => [...a, ...b, op(`${type}.${name}`)]);
    } else if (name === 'add' || name === 'sub' || name === 'mul') {
      binary((a, b) => [...a, ...b, op(`${type}.${name}`)]);
    } else if (name === 'neg') {
      unary((x) => [op(`${type}.const`, type === 'i64' ? 0n : 0), ...x, op(`${type}.sub`)]);
    } else if (name === 'abs') {
      this.take(1);
      const zero = op(`${type}.const`, type === 'i64' ? 0n : 0);
      this.build(shape, (k) => {
        const x = this.lane(0, shape, k, true);
        return [zero, ...x, op(`${type}.sub`), ...x, ...x, zero, op(`${type}.lt_s`), op('select')];
      });
    } else if (/^(min|max)_[su]$/.test(name)) {
      choice(`${name.startsWith('min') ? 'lt' : 'gt'}_${name.at(-1)}`, name.endsWith('s'));
    } else if (/^sh[lr]/.test(name)) this.shift(shape, name);
    else if (name === 'splat') {
      this.put(set(this.scratch[type]));
      this.build(shape, () => [get(this.scratch[type])]);
    } else if (name.startsWith('extract_lane')) {
      this.take(1);
      this.put(...this.lane(0, shape, immediate as number, name.endsWith('_s')));
    } else if (name === 'replace_lane') {
      this.put(set(this.scratch[type]));
      unary((x, k) => (k === immediate ? [get(this.scratch[type])] : x));
    } else if (name === 'all_true') {
      this.take(1);
      this.put(i32(1));
      for (let k = 0; k < lanesIn(shape); k++) {
        this.put(
          ...this.lane(0, shape, k),
          op(`${type}.const`, type === 'i64' ? 0n : 0),
          op(`${type}.ne`),
          op('i32.and'),
        );
      }
    } else if (name === 'bitmask') {
      this.take(1);
      this.put(i32(0));
      for (let k = 0; k < lanesIn(shape); k++) {
        const top = [op(`${type}.const`, type === 'i64' ? BigInt(bits - 1) : bits - 1), op(`${type}.shr_u`)];
        this.put(...this.lane(0, shape, k), ...top, ...(type === 'i64' ? [op('i32.wrap_i64')] : []));
        this.put(i32(k), op('i32.shl'), op('i32.or'));
      }
    } else if (name === 'shuffle') this.shuffle(immediate as Uint8Array);
    else if (name.startsWith('extend_')) this.extend(shape, name);
    else throw this.unknown(full);
  }

  /** Shifts by a number of bits that is taken modulo the width of a lane. */
  private shift(shape: Shape, name: string): void {
    const type = laneType(shape);
    const bits = bitsOf[shape];
    this.put(...(bits < 32 ? [i32(bits - 1), op('i32.and')] : []), set(this.scratch.i32));
    this.take(1);
    const amount = [get(this.scratch.i32), ...(type === 'i64' ? [op('i64.extend_i32_u')] : [])];
    this.build(shape, (k) => [...this.lane(0, shape, k, name === 'shr_s'), ...amount, op(`${type}.${name}`)]);
  }

  /** Bytes picked from two vectors; by words where whole words move. */
  private shuffle(bytes: Uint8Array): void {
    this.take(2);
    const moves = (width: number): boolean =>
      Array.from({ length: 16 / width }, (_, k) => bytes.slice(k * width, (k + 1) * width)).every((part) =>
        part.every((b, i) => b === (part[0] as number) + i && (part[0] as number) % width === 0),
      );
    const shape: Shape = moves(8) ? 'i64x2' : moves(4) ? 'i32x4' : 'i8x16';
    const width = bitsOf[shape] / 8;
    this.build(shape, (k) => {
      const from = (bytes[k * width] as number) / width;
      const lanes = lanesIn(shape);
      return this.lane(from < lanes ? 0 : 1, shape, from % lanes);
    });
  }

  private extend(shape: Shape, name: string): void {
    const [, half, from, sign] = /^extend_(low|high)_(\w+)_([su])$/.exec(name) as unknown as [
      string,
      string,
      Shape,
      string,
    ];
    this.take(1);
    const skip = half === 'high' ? lanesIn(shape) : 0;
    this.build(shape, (k) => [
      ...this.lane(0, from, skip + k, sign === 's'),
      ...(shape === 'i64x2' ? [op(`i64.extend_i32_${sign}`)] : []),
    ]);
  }

  private unknown(name: string): AssemblyError {
    return new AssemblyError(`in function ${this.f.name}: ${name} has no form without vectors`);
  }
}
