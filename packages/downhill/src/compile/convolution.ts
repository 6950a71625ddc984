import type { ConvParams } from '../primitives/conv.ts';
import { sizeOf, stridesOf } from '../tensor/shape.ts';
import type { Aval } from '../tensor/tensor.ts';
import { allows, type ConvolutionPath, type ConvolutionPlan, choosePath, readsDirectly } from './convolution-plan.ts';
import { type Along, directConvolution } from './direct-convolution.ts';
import type { Emission } from './emit.ts';
import { bytesOf, scalarKinds, type View } from './expressions.ts';
import type { Fusion, Handler } from './fuse.ts';
import { type I32, overBox } from './loops.ts';
import { multiplyAdds } from './products.ts';
import type { FunctionBuilder, FunctionReference } from './wasm/function.ts';
import { emitGemm } from './wasm/gemm/gemm.ts';
import { GemmShape } from './wasm/gemm/shape.ts';
import type { GemmOptions } from './wasm/gemm/types.ts';

type Seven = readonly [I32, I32, I32, I32, I32, I32, I32];

type Patches = FunctionReference<readonly ['i32', 'i32'], readonly []>;

/**
 * (image, patches): the operand of the product, one row for each channel and place of the kernel, one column for each
 * place of the result: the element they meet at, or 0 in the padding.
 */
function patchFunction(emission: Emission, plan: ConvolutionPlan): Patches {
  const { params, dtype, channels, kernel, out } = plan;
  const bytes = bytesOf[dtype];
  const kind = scalarKinds[dtype] as 'f64';
  const inStrides = stridesOf(plan.in);
  const rank = kernel.length;
  const box = [channels, ...kernel, ...out.slice(0, -1)];
  const last = rank - 1;
  return emission.function('patches', ['i32', 'i32'], [], ({ f }, image, patches) => {
    const target = f.variable('i32', patches);
    const line = (out.at(-1) ?? 1) * bytes;
    overBox(f, box, [image], [[sizeOf(plan.in) * bytes, ...box.slice(1).map(() => 0)]], ([channel], at) => {
      const place = (axis: number): I32 => at[1 + axis] as I32;
      let from = channel as I32;
      let inside = f.constant('i32', 1);
      for (let axis = 0; axis < last; axis++) {
        const raw = (at[1 + rank + axis] as I32)
          .mul(params.strides[axis] as number)
          .add(place(axis).mul(params.kernelDilation[axis] as number))
          .sub((params.padding[axis] as readonly number[])[0] as number);
        const { index, valid } = undilated(raw, params.inputDilation[axis] as number, plan.in[axis] as number);
        from = from.add(index.mul((inStrides[axis] as number) * bytes));
        inside = inside.and(valid);
      }
      const here = target.get();
      f.if(
        inside,
        () => patchLine(f, plan, from, here, place(last), kind),
        () => f.fillMemory(here, 0, f.constant('i32', line)),
      );
      target.set(here.add(line));
    });
  });
}

/** The input element at a place of the dilated input, and whether there is one. */
function undilated(place: I32, dilation: number, length: number): { index: I32; valid: I32 } {
  const index = dilation === 1 ? place : place.divU(dilation);
  const found = index.ltU(length);
  return { index, valid: dilation === 1 ? found : found.and(place.ge(0)).and(place.remU(dilation).eqz()) };
}

/** One row of the result's last axis; in one copy where neighbours of the result meet neighbours of the input. */
function patchLine(f: FunctionBuilder, plan: ConvolutionPlan, from: I32, to: I32, place: I32, kind: 'f64'): void {
  const { params, dtype, out } = plan;
  const bytes = bytesOf[dtype];
  const axis = out.length - 1;
  const [length, width] = [out[axis] as number, plan.in[axis] as number];
  const [stride, dilation] = [params.strides[axis] as number, params.inputDilation[axis] as number];
  const start = place
    .mul(params.kernelDilation[axis] as number)
    .sub((params.padding[axis] as readonly number[])[0] as number);
  if (stride === 1 && dilation === 1) {
    const first = f.constant('i32', 0).sub(start).max(0).min(length);
    const stop = f.constant('i32', width).sub(start).max(first).min(length);
    f.fillMemory(to, 0, first.mul(bytes));
    f.copyMemory(
      to.add(first.mul(bytes)),
      from.add(start.add(first).max(0).min(width).mul(bytes)),
      stop.sub(first).mul(bytes),
    );
    f.fillMemory(to.add(stop.mul(bytes)), 0, f.constant('i32', length).sub(stop).mul(bytes));
    return;
  }
  f.for(0, length, 1, (i) => {
    const { index, valid } = undilated(start.add(i.mul(stride)), dilation, width);
    const value = f.variable(kind, 0);
    f.if(valid, () => value.set(f.load(kind, from.add(index.mul(bytes)))));
    f.store(to.add(i.mul(bytes)), value.get());
  });
}

/** A convolution by the way that is given, or that takes least: image by image and group by group. */
export const convolutionBy =
  (wanted?: ConvolutionPath): Handler =>
  (fusion, { params: given, outputs }, [x, weights]) => {
    if (!x || !weights) return undefined;
    const params = given as unknown as ConvParams;
    const { dtype, shape } = outputs[0] as Aval;
    if (sizeOf(shape) === 0 || sizeOf(x.shape) === 0 || sizeOf(weights.shape) === 0) {
      // sums of nothing
      const zeros = fusion.fresh({ dtype, shape });
      fusion.add({
        name: 'convolution',
        line: `${dtype}[${shape}] ← convolution without elements`,
        writes: [zeros],
        write: (emission) => {
          const bytes = emission.f.constant('i32', sizeOf(shape) * bytesOf[dtype]);
          if (sizeOf(shape) > 0) emission.f.fillMemory(emission.address(zeros), 0, bytes);
        },
      });
      return [zeros];
    }
    const { featureGroups, batchGroups } = params;
    const groups = featureGroups * batchGroups;
    const plan: ConvolutionPlan = {
      params,
      dtype: dtype as ConvolutionPlan['dtype'],
      batch: shape[0] as number,
      channels: weights.shape[1] as number,
      perGroup: (shape[1] as number) / groups,
      in: x.shape.slice(2),
      kernel: weights.shape.slice(2),
      out: shape.slice(2),
    };
    const [image, kernel] = [fusion.materialize(x), fusion.materialize(weights)];
    const result = fusion.fresh({ dtype, shape });
    const path = wanted && allows(wanted, plan) ? wanted : choosePath(plan, fusion.features.relaxedSimd);
    if (path === 'product') fuseProductOfPatches(fusion, plan, image, kernel, result);
    else fuseDirect(fusion, plan, path, image, kernel, result);
    return [result];
  };

/** Convolution as a product of the kernel with a matrix of patches. */
function fuseProductOfPatches(fusion: Fusion, plan: ConvolutionPlan, image: View, kernel: View, result: View): void {
  const { dtype, shape } = result;
  const { batchGroups, featureGroups } = plan.params;
  const groups = featureGroups * batchGroups;
  const depth = plan.channels * sizeOf(plan.kernel);
  const columns = sizeOf(plan.out);
  const bytes = bytesOf[dtype];
  const product: GemmOptions = {
    dtype: plan.dtype,
    m: plan.perGroup,
    n: columns,
    k: depth,
    a: { row: depth, column: 1 },
    b: { row: columns, column: 1 },
    c: { row: columns, column: 1 },
  };
  const known = new GemmShape(fusion.features, product);
  const direct = readsDirectly(plan);
  const work = plan.batch * groups * plan.perGroup * depth * columns;
  fusion.call({
    name: 'images',
    line: `${dtype}[${shape}] ← convolution ${plan.batch * groups}×(${plan.perGroup}×${depth} · ${depth}×${columns})${direct ? '' : ' of patches'} · ${known.algorithm}`,
    reads: [image, kernel],
    writes: [result],
    // each thread fills patches and packs operands of its own
    scratch: [direct ? 0 : depth * columns * bytes, known.scratchBytes].map((n) => Math.ceil(n / 64) * 64),
    cut: { units: plan.batch, work: work / multiplyAdds[plan.dtype] },
    key: ['product', plan],
    body: (f, given, emission) => {
      const [from, weights, to, patches, scratch, start, stop] = given as unknown as Seven;
      const { module } = emission;
      const gemm = emitGemm(module, module.name('convolution'), product);
      const fill = direct ? undefined : patchFunction(emission, plan);
      f.for(start, stop, 1, (n) => {
        f.for(0, groups, 1, (group) => {
          const index = batchGroups > 1 ? group.mul(plan.batch).add(n) : n;
          const slab = plan.channels * sizeOf(plan.in) * bytes;
          const row = from.add(index.mul((image.shape[1] as number) * sizeOf(plan.in) * bytes));
          const operand = batchGroups > 1 ? row : row.add(group.mul(slab));
          if (fill) f.callAll(fill, operand, patches);
          const result = to.add(
            n
              .mul(groups)
              .add(group)
              .mul(plan.perGroup * columns * bytes),
          );
          const weight = weights.add(group.mul(plan.perGroup * depth * bytes));
          const args = [weight, fill ? patches : operand, result, scratch, 0, gemm.units];
          f.callAll(gemm.function, ...(args as never[]));
        });
      });
    },
  });
}

/** Convolution without patches; threads share images and groups. */
function fuseDirect(
  fusion: Fusion,
  plan: ConvolutionPlan,
  along: Along,
  image: View,
  kernel: View,
  result: View,
): void {
  const { batchGroups, featureGroups } = plan.params;
  const groups = featureGroups * batchGroups;
  const bytes = bytesOf[plan.dtype];
  const direct = directConvolution(plan, along, fusion.features.relaxedSimd);
  const depth = plan.channels * sizeOf(plan.kernel);
  const columns = sizeOf(plan.out);
  const units = plan.batch * groups;
  fusion.call({
    name: 'images',
    line: `${result.dtype}[${result.shape}] ← convolution ${units}×(${plan.perGroup}×${depth} · ${depth}×${columns}) ${direct.description}`,
    reads: [image, kernel],
    writes: [result],
    scratch: [direct.scratchBytes],
    key: [along, plan],
    cut: { units, work: (units * plan.perGroup * depth * columns) / multiplyAdds[plan.dtype] },
    body: (f, given, emission) => {
      const [from, weights, to, scratch, start, stop] = given as unknown as readonly [I32, I32, I32, I32, I32, I32];
      f.for(start, stop, 1, (index) => {
        const [n, group] = groups === 1 ? [index, f.constant('i32', 0)] : [index.divU(groups), index.remU(groups)];
        const row = batchGroups > 1 ? group.mul(plan.batch).add(n) : index;
        const operand = from.add(row.mul(plan.channels * sizeOf(plan.in) * bytes));
        const weight = weights.add(group.mul(plan.perGroup * depth * bytes));
        const place = to.add(index.mul(plan.perGroup * columns * bytes));
        direct.emit(emission, f, operand, weight, place, scratch);
      });
    },
  });
}

export const convolutionHandlers: Readonly<Record<string, Handler>> = { conv_general_dilated: convolutionBy() };
