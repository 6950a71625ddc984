import { add } from '../primitives/arithmetic.ts';
import { convertTo } from '../primitives/convert.ts';
import { moveAxis } from '../primitives/layout.ts';
import { evaluateProgram } from '../program/evaluate.ts';
import { carriesPrograms, LinearInput, type MaybeZero, type Primitive, sampledByTests } from '../program/primitive.ts';
import type { Program } from '../program/program.ts';
import { allocate } from '../tensor/dtype.ts';
import { sizeOf } from '../tensor/shape.ts';
import { type Aval, DenseTensor, type Tensor } from '../tensor/tensor.ts';
import { inlineProgram, recordProgram } from '../trace/apply.ts';
import { bind } from '../trace/trace.ts';
import { batchToFront } from '../transforms/batch.ts';
import type { Residual } from '../transforms/linearize.ts';
import { transposeProgram } from '../transforms/transpose.ts';
import { plainType, settleCotangent, zerosLike } from '../transforms/types.ts';
import { batchBody, fixedPoint, jvpBody, linearizeBody, pick, range, reorderInputs } from './loops.ts';

export interface ScanParams extends Readonly<Record<string, unknown>> {
  /** (constants…, carry…, one slice of each sequence…) → (carry…, one slice of each result…). */
  readonly body: Program;
  readonly constants: number;
  readonly carried: number;
  readonly length: number;
  /** True to run from the last slice to the first; results keep the places of their slices. */
  readonly reverse: boolean;
}

function split<T>(
  items: readonly T[],
  { constants, carried }: ScanParams,
): [constants: T[], carry: T[], sequences: T[]] {
  return [items.slice(0, constants), items.slice(constants, constants + carried), items.slice(constants + carried)];
}

const stackedType = (x: Aval, length: number): Aval => ({ ...plainType(x), shape: [length, ...x.shape], weak: false });

const isTensor = (t: MaybeZero): t is Tensor => t !== null;

const notNull = (items: readonly MaybeZero[]): boolean[] => items.map((t) => t !== null);

/** One slice of the leading axis, without a copy. */
function sliceOf(x: DenseTensor, i: number, type: Aval): DenseTensor {
  const size = sizeOf(type.shape);
  return new DenseTensor(x.data.subarray(i * size, (i + 1) * size), type.shape, type.dtype, type.weak);
}

/** scan: a body applied to a carry and to one slice after another. */
export const scanPrimitive: Primitive<ScanParams> = {
  name: 'scan',
  taylor: 'scan',
  interval: 'scan',
  shape: (_inputs, { body, carried, length }) =>
    body.outputs.map((x, i) => (i < carried ? plainType(x) : stackedType(x, length))),

  evaluate: (inputs, params) => {
    const { body, carried, length, reverse } = params;
    const [constants, start, sequences] = split(inputs, params);
    const sliceTypes = split(body.inputs, params)[2];
    const resultTypes = body.outputs.slice(carried);
    const stacks = resultTypes.map((x) => allocate(x.dtype, length * sizeOf(x.shape)));
    let carry = start;
    for (let k = 0; k < length; k++) {
      const i = reverse ? length - 1 - k : k;
      const results = evaluateProgram(body, [
        ...constants,
        ...carry,
        ...sequences.map((x, j) => sliceOf(x, i, sliceTypes[j] as Aval)),
      ]);
      carry = results.slice(0, carried);
      results.slice(carried).forEach((y, j) => stacks[j]?.set(y.data, i * y.size));
    }
    const stacked = resultTypes.map((x, j) => {
      const type = stackedType(x, length);
      return new DenseTensor(stacks[j] as NonNullable<(typeof stacks)[0]>, type.shape, type.dtype, type.weak);
    });
    return [...carry, ...stacked];
  },

  jvp: {
    joint: (primals, tangents, params) => {
      const { body, constants, carried } = params;
      const [c, s, x] = split(primals, params);
      const [dc, ds, dx] = split(tangents, params);
      const [constantMarks, sequenceMarks] = [notNull(dc), notNull(dx)];
      const carryMarks = fixedPoint(notNull(ds), (m) =>
        jvpBody(body, [...constantMarks, ...m, ...sequenceMarks]).nonzeroOutputs.slice(0, carried),
      );
      const { program, nonzeroOutputs } = jvpBody(
        body,
        [...constantMarks, ...carryMarks, ...sequenceMarks],
        carryMarks,
      );
      const [n, dn] = [
        body.inputs.length,
        [constantMarks, carryMarks, sequenceMarks].map((m) => m.filter(Boolean).length),
      ];
      const [nc, ns, nx] = dn as [number, number, number];
      // jvp's order is (all primals, all tangents); a scan wants constants, carry and sequences together
      const ordered = reorderInputs(program, [
        ...range(0, constants),
        ...range(n, nc),
        ...range(constants, carried),
        ...range(n + nc, ns),
        ...range(constants + carried, x.length),
        ...range(n + nc + ns, nx),
      ]);
      const resultMarks = nonzeroOutputs.slice(carried);
      const results = body.outputs.length - carried;
      const outputs = [
        ...range(0, carried),
        ...range(body.outputs.length, ns),
        ...range(carried, results),
        ...range(body.outputs.length + ns, resultMarks.filter(Boolean).length),
      ].map((i) => ordered.outputs[i] as Program['outputs'][number]);
      const settled = s.flatMap((v, i) => (carryMarks[i] ? [settleCotangent(ds[i] ?? null, v)] : []));
      const all = bind(scanPrimitive, [...c, ...dc.filter(isTensor), ...s, ...settled, ...x, ...dx.filter(isTensor)], {
        ...params,
        body: { ...ordered, outputs },
        constants: constants + nc,
        carried: carried + ns,
      });
      let nextCarry = carried;
      let nextResult = carried + ns + results;
      return {
        outputs: [...all.slice(0, carried), ...all.slice(carried + ns, carried + ns + results)],
        tangents: [
          ...carryMarks.map((m): MaybeZero => (m ? (all[nextCarry++] as Tensor) : null)),
          ...resultMarks.map((m): MaybeZero => (m ? (all[nextResult++] as Tensor) : null)),
        ],
      };
    },
  },

  linearize: (primals, tangents, params) => {
    const { body, constants, carried } = params;
    const [c, s, x] = split(primals, params);
    const [dc, ds, dx] = split(tangents, params);
    const [constantMarks, sequenceMarks] = [notNull(dc), notNull(dx)];
    const marksOf = (m: readonly boolean[]) => [...constantMarks, ...m, ...sequenceMarks];
    const carryMarks = fixedPoint(notNull(ds), (m) => linearizeBody(body, marksOf(m)).nonzeroOutputs.slice(0, carried));
    const { primal, linear, nonzeroOutputs, residuals } = linearizeBody(body, marksOf(carryMarks), carryMarks, [
      constants,
      carried,
    ]);
    // Computed residuals come out of the first scan as stacked results; what is an input already is used again.
    const outputs = bind(scanPrimitive, primals, { ...params, body: primal });
    const count = body.outputs.length;
    let nextComputed = count;
    const values = residuals.map((r) =>
      r === 'computed' ? (outputs[nextComputed++] as Tensor) : residualOf(r, c, x, params),
    );
    const isConstant = residuals.map((r) => r !== 'computed' && ('constant' in r || r.input < constants));
    const [nc, ns, nx] = [constantMarks, carryMarks, sequenceMarks].map((m) => m.filter(Boolean).length) as [
      number,
      number,
      number,
    ];
    const given = nc + ns + nx;
    const [fixed, sliced] = [
      range(given, residuals.length).filter((_, i) => isConstant[i]),
      range(given, residuals.length).filter((_, i) => !isConstant[i]),
    ];
    const ordered = reorderInputs(linear, [
      ...range(0, nc),
      ...fixed,
      ...range(nc, ns),
      ...range(nc + ns, nx),
      ...sliced,
    ]);
    const settled = s.flatMap((v, i) => (carryMarks[i] ? [settleCotangent(ds[i] ?? null, v)] : []));
    const slopes = bind(
      scanPrimitive,
      [
        ...dc.filter(isTensor),
        ...pick(values, isConstant),
        ...settled,
        ...dx.filter(isTensor),
        ...pick(
          values,
          isConstant.map((k) => !k),
        ),
      ],
      { ...params, body: ordered, constants: nc + fixed.length, carried: ns },
    );
    let next = 0;
    return {
      outputs: outputs.slice(0, count),
      tangents: nonzeroOutputs.map((m): MaybeZero => (m ? (slopes[next++] as Tensor) : null)),
    };
  },

  transpose: (cotangents, inputs, params) => {
    const { body, length, reverse, carried } = params;
    const [c, s, x] = split(inputs, params);
    // A carry that starts without a tangent starts at zero, so it is linear as well: only its cotangent is not needed.
    const linear = inputs.map(
      (v, i) => v instanceof LinearInput || (i >= params.constants && i < params.constants + carried),
    );
    const [linearConstants, , linearSequences] = split(linear, params);
    const resultMarks = notNull(cotangents.slice(carried));
    // body: (constants, carry, slices) → its transpose: (residual constants, residual slices, cotangents of carry and
    // results) → cotangents of linear constants, carry and linear slices
    const back = transposeProgram(body, linear, [...s.map(() => true), ...resultMarks]);
    const [rc, rx] = [c, x].map((group) => group.filter((v): v is Tensor => !(v instanceof LinearInput))) as [
      Tensor[],
      Tensor[],
    ];
    const nConstants = linearConstants.filter(Boolean).length;
    const accumulators = pick(body.inputs.slice(0, params.constants), linearConstants).map(plainType);
    const resultCount = resultMarks.filter(Boolean).length;
    const types = [
      ...rc.map(plainType),
      ...accumulators,
      ...body.outputs.slice(0, carried).map(plainType),
      ...pick(body.outputs.slice(carried), resultMarks).map(plainType),
      ...split(body.inputs, params)[2]
        .filter((_, i) => !linearSequences[i])
        .map(plainType),
    ];
    const step = recordProgram('transpose of scan', types, (values) => {
      let at = 0;
      const take = (n: number): Tensor[] => {
        at += n;
        return values.slice(at - n, at);
      };
      const residualConstants = take(rc.length);
      const sums = take(nConstants);
      const ctCarry = take(carried);
      const ctResults = take(resultCount);
      const residualSlices = take(rx.length);
      const out = inlineProgram(back, [...residualConstants, ...residualSlices, ...ctCarry, ...ctResults]);
      const grown = sums.map((sum, i) => convertTo(add(sum, out[i] as Tensor), accumulators[i] as Aval));
      const nextCarry = out.slice(nConstants, nConstants + carried);
      return [
        ...grown,
        ...nextCarry.map((v, i) => convertTo(v, types[rc.length + nConstants + i] as Aval)),
        ...out.slice(nConstants + carried),
      ];
    });
    const seeds = body.outputs.slice(0, carried).map((v, i) => settleCotangent(cotangents[i] ?? null, v));
    const results = bind(
      scanPrimitive,
      [...rc, ...accumulators.map(zerosLike), ...seeds, ...cotangents.slice(carried).filter(isTensor), ...rx],
      { body: step, constants: rc.length, carried: nConstants + carried, length, reverse: !reverse },
    );
    let nextConstant = 0;
    let nextSequence = nConstants + carried;
    return [
      ...linearConstants.map((m): MaybeZero => (m ? (results[nextConstant++] as Tensor) : null)),
      ...s.map((_, i): MaybeZero => results[nConstants + i] as Tensor),
      ...linearSequences.map((m): MaybeZero => (m ? (results[nextSequence++] as Tensor) : null)),
    ];
  },

  batch: (inputs, axes, params, size) => {
    const { body, carried } = params;
    const [c, s, x] = split(inputs, params);
    const [constantAxes, carryAxes, sequenceAxes] = split(axes, params);
    const marked = (list: readonly (number | null)[]): boolean[] => list.map((axis) => axis !== null);
    const marksOf = (m: readonly boolean[]) => [...marked(constantAxes), ...m, ...marked(sequenceAxes)];
    const marks = fixedPoint(marked(carryAxes), (m) =>
      batchBody(body, marksOf(m), size).batchedOutputs.slice(0, carried),
    );
    const { program, batchedOutputs } = batchBody(body, marksOf(marks), size, marks);
    const operands = [
      ...c.map((v, i) => (constantAxes[i] === null ? v : batchToFront(v, constantAxes[i] as number, size))),
      ...s.map((v, i) => (marks[i] ? batchToFront(v, carryAxes[i] as number | null, size) : v)),
      // slices are taken along axis 0, so the batch waits behind it
      ...x.map((v, i) => (sequenceAxes[i] === null ? v : moveAxis(v, sequenceAxes[i] as number, 1))),
    ];
    const outputs = bind(scanPrimitive, operands, { ...params, body: program });
    return { outputs, axes: batchedOutputs.map((b, i) => (b ? (i < carried ? 0 : 1) : null)) };
  },

  tex: carriesPrograms,
  samples: sampledByTests,
};

/** A residual that is an input of the scan: a constant or a whole sequence. */
function residualOf(
  r: Exclude<Residual, 'computed'>,
  c: readonly Tensor[],
  x: readonly Tensor[],
  params: ScanParams,
): Tensor {
  if ('constant' in r) return r.constant;
  return r.input < params.constants
    ? (c[r.input] as Tensor)
    : (x[r.input - params.constants - params.carried] as Tensor);
}
