import { AssemblyError } from './errors.ts';
import {
  byteSize,
  isVector,
  type Kind,
  type LaneOf,
  laneKind,
  lanesOf,
  type MaskOf,
  maskKind,
  stackType,
  type VectorKind,
} from './kinds.ts';
import { instructionName } from './opcodes.ts';

/** Address part of a load or store that is known while building. */
export interface MemoryImmediate {
  readonly offset: number;
  /** log2 of the alignment promised to the engine; a hint, never a requirement. */
  readonly align: number;
  readonly lane?: number;
}

export type Immediate = number | bigint | string | Uint8Array | MemoryImmediate | object;

/** What a value may depend on besides its arguments: a variable's content, or `memory`. */
export type Dependency = object;

/** A point of a function where a value is needed. */
export interface Use {
  readonly position: number;
  readonly block: object;
}

const NOTHING: readonly Dependency[] = [];

/** The function under construction, as far as values need it. */
export interface Scope {
  readonly name: string;
  define<K extends Kind>(op: string, kind: K, args: readonly Value[], immediate?: Immediate): Value<K>;
  constant<K extends Kind>(kind: K, value: number | bigint): Value<K>;
}

export type Operand<K extends Kind> = Value<K> | number | bigint;

function isFloat(kind: Kind): boolean {
  return kind[0] === 'f';
}

/**
 * One value computed by a function: a node of its data flow. Operations make new values and compute nothing by
 * themselves; the builder decides at the end which values live on the stack, which in locals, and which are never
 * needed. Using a value twice computes it once. A plain number on the right is a constant of the same kind.
 */
export class Value<K extends Kind = Kind> {
  /** Of the statements of a block, the one that computes this value; see {@link Item}. */
  readonly type = 'value';
  readonly scope: Scope;
  readonly op: string;
  readonly kind: K;
  readonly args: readonly Value[];
  readonly immediate: Immediate | undefined;
  /** When, and in which block, the value was asked for; set by the function builder. */
  position = -1;
  block: object | undefined;
  reads: readonly Dependency[] = NOTHING;
  /** What the lowering finds out: places of use, the local that keeps it (−1 none), expressions it is nested in. */
  uses: Use[] | undefined;
  local = -1;
  nesting = 0;

  constructor(scope: Scope, op: string, kind: K, args: readonly Value[], immediate: Immediate | undefined) {
    this.scope = scope;
    this.op = op;
    this.kind = kind;
    this.args = args;
    this.immediate = immediate;
  }

  // Arithmetic. On integers the signed form is meant; the unsigned one ends in U.
  add(other: Operand<K>): Value<K> {
    return this.binary('add', other);
  }
  sub(other: Operand<K>): Value<K> {
    return this.binary('sub', other);
  }
  mul(other: Operand<K>): Value<K> {
    return this.binary('mul', other);
  }
  div(other: Operand<K>): Value<K> {
    return this.binary(isFloat(this.kind) ? 'div' : 'div_s', other);
  }
  divU(other: Operand<K>): Value<K> {
    return this.binary('div_u', other);
  }
  rem(other: Operand<K>): Value<K> {
    return this.binary('rem_s', other);
  }
  remU(other: Operand<K>): Value<K> {
    return this.binary('rem_u', other);
  }
  neg(): Value<K> {
    if (isFloat(this.kind) || isVector(this.kind)) return this.unary('neg');
    return this.scope.constant(this.kind, 0).sub(this);
  }
  abs(): Value<K> {
    return this.unary('abs');
  }
  sqrt(): Value<K> {
    return this.unary('sqrt');
  }
  floor(): Value<K> {
    return this.unary('floor');
  }
  ceil(): Value<K> {
    return this.unary('ceil');
  }
  trunc(): Value<K> {
    return this.unary('trunc');
  }
  /** Round half to even. */
  nearest(): Value<K> {
    return this.unary('nearest');
  }
  /** IEEE minimum: NaN if either is NaN, −0 < +0. On integers the signed minimum. */
  min(other: Operand<K>): Value<K> {
    return this.extremum('min', other);
  }
  max(other: Operand<K>): Value<K> {
    return this.extremum('max', other);
  }
  minU(other: Operand<K>): Value<K> {
    if (isVector(this.kind)) return this.binary('min_u', other);
    const b = this.operand('minU', other);
    return this.ltU(b).select(this as Value<K>, b);
  }
  maxU(other: Operand<K>): Value<K> {
    if (isVector(this.kind)) return this.binary('max_u', other);
    const b = this.operand('maxU', other);
    return this.gtU(b).select(this as Value<K>, b);
  }
  /** `other < this ? other : this`: one machine instruction; a NaN on the left stays. */
  pmin(other: Operand<K>): Value<K> {
    if (isVector(this.kind)) return this.binary('pmin', other);
    const b = this.operand('pmin', other);
    return b.lt(this).select(b, this as Value<K>);
  }
  /** `this < other ? other : this`: one machine instruction; a NaN on the left stays. */
  pmax(other: Operand<K>): Value<K> {
    if (isVector(this.kind)) return this.binary('pmax', other);
    const b = this.operand('pmax', other);
    return this.lt(b).select(b, this as Value<K>);
  }
  /** The magnitude of this with the sign of `other`. */
  copysign(other: Operand<K>): Value<K> {
    if (!isVector(this.kind)) return this.binary('copysign', other);
    const sign = this.scope.constant(this.kind, -0);
    return sign.select(this.operand('copysign', other) as Value, this as Value) as Value<K>;
  }

  // Bits. On vectors these work on the whole 128 bits whatever the lanes are.
  and(other: Operand<K>): Value<K> {
    return this.bitwise('and', other);
  }
  or(other: Operand<K>): Value<K> {
    return this.bitwise('or', other);
  }
  xor(other: Operand<K>): Value<K> {
    return this.bitwise('xor', other);
  }
  /** `this & ~other`. */
  andnot(other: Operand<K>): Value<K> {
    if (isVector(this.kind)) return this.bitwise('andnot', other);
    return this.and(this.operand('andnot', other).not());
  }
  not(): Value<K> {
    if (isVector(this.kind)) return this.scope.define('v128.not', this.kind, [this]);
    return this.xor(-1);
  }
  shl(bits: Operand<'i32'>): Value<K> {
    return this.shift('shl', bits);
  }
  /** Arithmetic shift right. */
  shr(bits: Operand<'i32'>): Value<K> {
    return this.shift('shr_s', bits);
  }
  shrU(bits: Operand<'i32'>): Value<K> {
    return this.shift('shr_u', bits);
  }
  rotl(bits: Operand<'i32'>): Value<K> {
    if (!isVector(this.kind)) return this.shift('rotl', bits);
    if (typeof bits !== 'number') {
      throw this.fail('rotl of a vector needs the number of bits as a plain number');
    }
    const width = (byteSize(this.kind) * 8) / lanesOf(this.kind);
    return this.shl(bits).or(this.shrU(width - bits));
  }
  clz(): Value<K> {
    return this.unary('clz');
  }
  ctz(): Value<K> {
    return this.unary('ctz');
  }
  popcnt(): Value<K> {
    return this.unary('popcnt');
  }

  // Comparisons give a mask: 0 or 1 for scalars, all zeros or all ones in each lane for vectors.
  eq(other: Operand<K>): Value<MaskOf<K>> {
    return this.compare('eq', other);
  }
  ne(other: Operand<K>): Value<MaskOf<K>> {
    return this.compare('ne', other);
  }
  lt(other: Operand<K>): Value<MaskOf<K>> {
    return this.compare(isFloat(this.kind) ? 'lt' : 'lt_s', other);
  }
  le(other: Operand<K>): Value<MaskOf<K>> {
    return this.compare(isFloat(this.kind) ? 'le' : 'le_s', other);
  }
  gt(other: Operand<K>): Value<MaskOf<K>> {
    return this.compare(isFloat(this.kind) ? 'gt' : 'gt_s', other);
  }
  ge(other: Operand<K>): Value<MaskOf<K>> {
    return this.compare(isFloat(this.kind) ? 'ge' : 'ge_s', other);
  }
  ltU(other: Operand<K>): Value<MaskOf<K>> {
    return this.compare('lt_u', other);
  }
  leU(other: Operand<K>): Value<MaskOf<K>> {
    return this.compare('le_u', other);
  }
  gtU(other: Operand<K>): Value<MaskOf<K>> {
    return this.compare('gt_u', other);
  }
  geU(other: Operand<K>): Value<MaskOf<K>> {
    return this.compare('ge_u', other);
  }
  /** 1 where a scalar integer is zero. */
  eqz(): Value<'i32'> {
    return this.define('eqz', 'i32', [this]);
  }

  /**
   * `mask.select(a, b)`: lane by lane a where the mask is set, b elsewhere. With a vector mask this is bitwise, so a
   * mask may also hold single bits (a sign bit, a mantissa). At least one of a and b must be a value.
   */
  select<L extends Kind>(a: Operand<L>, b: Operand<L>): Value<L> {
    const sample = a instanceof Value ? a : b;
    if (!(sample instanceof Value)) {
      throw this.fail('select needs at least one operand that is a value, to know the kind');
    }
    const yes = sample.operand('select', a);
    const no = sample.operand('select', b);
    if (isVector(this.kind)) {
      if (!isVector(sample.kind)) {
        throw this.fail(`select by a ${this.kind} mask needs vectors, got ${sample.kind}`);
      }
      return this.scope.define('v128.bitselect', sample.kind, [yes, no, this]);
    }
    if (this.kind !== 'i32') throw this.fail(`select needs an i32 condition, got ${this.kind}`);
    const type = stackType(sample.kind);
    return this.scope.define('select', sample.kind, [yes, no, this], type);
  }

  /** 1 if any bit of a vector is set. */
  anyTrue(): Value<'i32'> {
    return this.scope.define('v128.any_true', 'i32', [this]);
  }
  /** 1 if every lane is non-zero. */
  allTrue(): Value<'i32'> {
    return this.define('all_true', 'i32', [this]);
  }
  /** The sign bit of each lane, lane 0 lowest. */
  bitmask(): Value<'i32'> {
    return this.define('bitmask', 'i32', [this]);
  }

  // Lanes.
  lane(index: number): Value<LaneOf<K>> {
    this.checkLane(index);
    const narrow = this.kind === 'i8x16' || this.kind === 'i16x8';
    return this.define(narrow ? 'extract_lane_u' : 'extract_lane', laneKind(this.kind), [this], index);
  }
  withLane(index: number, value: Operand<LaneOf<K>>): Value<K> {
    this.checkLane(index);
    const lane = literal(this.scope, laneKind(this.kind), value);
    return this.define('replace_lane', this.kind, [this, lane], index);
  }
  /** A vector with this scalar in every lane. */
  splat<L extends VectorKind>(kind: L): Value<L> {
    if (laneKind(kind) !== (this.kind as Kind)) {
      throw this.fail(`splat to ${kind} needs ${laneKind(kind)}, got ${this.kind}`);
    }
    return this.scope.define(instructionName(kind, 'splat'), kind, [this]);
  }
  /** Lanes picked by index from this (0 … n−1) and `other` (n … 2n−1). */
  shuffle(other: Value<K>, lanes: readonly number[]): Value<K> {
    const n = lanesOf(this.kind);
    const width = 16 / n;
    if (!isVector(this.kind) || lanes.length !== n) {
      throw this.fail(`shuffle of ${this.kind} needs ${n} lane numbers, got ${lanes.length}`);
    }
    const bytes = new Uint8Array(16);
    for (const [to, from] of lanes.entries()) {
      if (!(from >= 0 && from < 2 * n)) throw this.fail(`shuffle lane ${from} is not in 0…${2 * n - 1}`);
      for (let b = 0; b < width; b++) bytes[to * width + b] = from * width + b;
    }
    return this.scope.define('i8x16.shuffle', this.kind, [this, other], bytes);
  }

  // Conversions.
  /** The same bits seen as another kind of the same width; free. */
  as<L extends Kind>(kind: L): Value<L> {
    if ((this.kind as Kind) === kind) return this as unknown as Value<L>;
    if (isVector(this.kind) && isVector(kind)) return this.scope.define('view', kind, [this]);
    return this.scope.define(`${kind}.reinterpret_${this.kind}`, kind, [this]);
  }
  /** Conversion by the instruction's own name without the prefix, as `x.to('i32', 'wrap_i64')`. */
  to<L extends Kind>(kind: L, instruction: string): Value<L> {
    return this.scope.define(instructionName(kind, instruction), kind, [this]);
  }

  private define<L extends Kind>(name: string, kind: L, args: readonly Value[], immediate?: Immediate): Value<L> {
    return this.scope.define(instructionName(this.kind, name), kind, args, immediate);
  }

  private unary(name: string): Value<K> {
    return this.define(name, this.kind, [this]);
  }

  private binary(name: string, other: Operand<K>): Value<K> {
    return this.define(name, this.kind, [this, this.operand(name, other)]);
  }

  private extremum(name: 'min' | 'max', other: Operand<K>): Value<K> {
    if (isFloat(this.kind)) return this.binary(name, other);
    if (isVector(this.kind)) return this.binary(`${name}_s`, other);
    const b = this.operand(name, other);
    const mask = name === 'min' ? this.lt(b) : this.gt(b);
    return mask.select(this as Value<K>, b);
  }

  private bitwise(name: string, other: Operand<K>): Value<K> {
    const b = this.operand(name, other);
    if (isVector(this.kind)) return this.scope.define(instructionName('v128', name), this.kind, [this, b]);
    return this.define(name, this.kind, [this, b]);
  }

  private shift(name: string, bits: Operand<'i32'>): Value<K> {
    const wide = this.kind === 'i64';
    let amount = literal(this.scope, wide && typeof bits === 'number' ? 'i64' : 'i32', bits as Operand<'i32'>) as Value;
    if (wide && amount.kind === 'i32') amount = amount.to('i64', 'extend_i32_u');
    return this.define(name, this.kind, [this, amount]);
  }

  private compare(name: string, other: Operand<K>): Value<MaskOf<K>> {
    return this.define(name, maskKind(this.kind), [this, this.operand(name, other)]);
  }

  private operand(name: string, other: Operand<K>): Value<K> {
    if (other instanceof Value && (other.kind as Kind) !== this.kind) {
      throw this.fail(
        `${name} of ${this.kind} and ${other.kind}: both sides must be ${this.kind}; ` +
          (stackType(other.kind) === stackType(this.kind)
            ? `write .as('${this.kind}') if the bits are meant`
            : 'convert one side first'),
      );
    }
    return literal(this.scope, this.kind, other);
  }

  private checkLane(index: number): void {
    if (!isVector(this.kind) || !(index >= 0 && index < lanesOf(this.kind))) {
      throw this.fail(`lane ${index} does not exist in ${this.kind}`);
    }
  }

  private fail(message: string): AssemblyError {
    return new AssemblyError(`in function ${this.scope.name}: ${message}`);
  }
}

/** A value as it is, or a number made a constant of the kind. */
export function literal<K extends Kind>(scope: Scope, kind: K, value: Operand<K>): Value<K> {
  return value instanceof Value ? value : scope.constant(kind, value);
}

/** The number a value is, in every lane, when it is known while the code is written. */
export function knownNumber({ op, kind, immediate }: Value): number | undefined {
  if (typeof immediate === 'number') return op.endsWith('.const') ? immediate : undefined;
  if (op !== 'v128.const' || (kind !== 'f32x4' && kind !== 'f64x2')) return undefined;
  const bytes = (immediate as Uint8Array).slice().buffer;
  const [first, ...rest] = kind === 'f32x4' ? new Float32Array(bytes) : new Float64Array(bytes);
  return rest.every((x) => Object.is(x, first)) ? first : undefined;
}
