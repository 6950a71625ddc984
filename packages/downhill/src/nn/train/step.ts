import { square } from '../../functions/elementwise.ts';
import { stack } from '../../functions/joining.ts';
import { sum } from '../../functions/reductions.ts';
import { chooseTree } from '../../optimize/leaves.ts';
import { applyUpdates, type UpdateRule } from '../../optimize/rule.ts';
import { isFinite } from '../../primitives/comparison.ts';
import { logicalAnd } from '../../primitives/logical.ts';
import { sqrt } from '../../primitives/powers.ts';
import { foldIn } from '../../random/key.ts';
import { asTensor, DenseTensor, Tensor, type TensorLike } from '../../tensor/tensor.ts';
import { flatten, showPath, treeLeaves, treeMap } from '../../tensor/tree.ts';
import { valueAndGrad } from '../../transforms/grad.ts';
import { jit } from '../../transforms/jit.ts';
import type { Layer } from '../layers/layer.ts';
import { joinRows, rowRange } from './data.ts';
import { activityOf, type LayerActivity, type ParameterStatistics } from './statistics.ts';

/** From a prediction and its target to one number. */
export type Loss = (prediction: Tensor, target: Tensor) => Tensor | number;

/** All that a step changes. */
export interface Running<P, S, O> {
  readonly parameters: P;
  readonly state: S;
  readonly optimizer: O;
}

export interface StepResult<P, S, O> {
  /** What runs from now on; as before where the loss or the gradient was not finite. */
  readonly next: Running<P, S, O>;
  readonly loss: number;
  readonly gradientNorm: number;
}

/** The tree with tensors of its own: what a step gives up is nobody else's. */
export const ownCopy = <T>(tree: T): T =>
  treeMap(
    (x) => (x instanceof Tensor ? new DenseTensor(x.data.slice(), x.shape, x.dtype, x.weak) : x),
    tree,
  ) as unknown as T;

const number = (x: unknown): number => (x instanceof Tensor ? x.item() : Number(x));

/** Euclidean norms of the leaves, as one vector. */
const norms = (tree: unknown): Tensor =>
  stack(treeLeaves(tree).map((x) => asTensor(sqrt(sum(square(x as TensorLike))))));

/** The functions a run is made of, each one compiled Program. */
export function makeSteps<P, S, O>(model: Layer<P, S>, loss: Loss, rule: UpdateRule<P, O>) {
  const lossOf = (parameters: P, state: S, x: Tensor, y: Tensor, key: Tensor): [Tensor, S] => {
    const [prediction, next] = model.apply(parameters, state, x, { training: true, key });
    return [asTensor(loss(prediction, y)), next];
  };
  const differentiated = valueAndGrad(lossOf, { hasAux: true } as never);
  const advance = ({ parameters, state, optimizer }: Running<P, S, O>, x: Tensor, y: Tensor, key: Tensor) => {
    const [value, gradient] = differentiated(parameters, state, x, y, key) as unknown as [[Tensor, S], P];
    const [updates, nextOptimizer] = rule.update(gradient, optimizer, parameters);
    const moved = applyUpdates(parameters, updates);
    const next = { parameters: moved, state: value[1], optimizer: nextOptimizer };
    return { next, loss: value[0], gradient, updates };
  };
  const keyAt = (key: Tensor, step: Tensor): Tensor => foldIn(key, step);

  // What runs is given up to the step, so that it stays in the memory of the compiled module: a step that must not be taken
  // gives it back as it was.
  const plain = jit(
    function step(running: Running<P, S, O>, x: Tensor, y: Tensor, key: Tensor, at: Tensor) {
      const { next, loss: value, gradient } = advance(running, x, y, keyAt(key, at));
      const squares = treeLeaves(gradient).map((g) => asTensor(sum(square(g as TensorLike))));
      const gradientNorm = asTensor(sqrt(sum(stack(squares))));
      const isSound = logicalAnd(isFinite(value), isFinite(gradientNorm)) as unknown as boolean;
      return { next: chooseTree(isSound, next, running), loss: value, gradientNorm };
    },
    { donate: [0] },
  );

  const watched = jit((running: Running<P, S, O>, x: Tensor, y: Tensor, key: Tensor, at: Tensor) => {
    const k = keyAt(key, at);
    const { next, loss: value, gradient, updates } = advance(running, x, y, k);
    const [lossAfter] = lossOf(next.parameters, running.state, x, y, k);
    return {
      next,
      loss: value,
      lossAfter,
      weightNorms: norms(running.parameters),
      gradientNorms: norms(gradient),
      updateNorms: norms(updates),
    };
  });

  const predictBatch = jit((parameters: P, state: S, x: Tensor) => model.apply(parameters, state, x)[0]);

  const step = (running: Running<P, S, O>, x: Tensor, y: Tensor, key: Tensor, at: Tensor): StepResult<P, S, O> => {
    const result = plain(running, x, y, key, at);
    return { next: result.next, loss: number(result.loss), gradientNorm: number(result.gradientNorm) };
  };

  const stepWithStatistics = (running: Running<P, S, O>, x: Tensor, y: Tensor, key: Tensor, at: Tensor) => {
    const result = watched(running, x, y, key, at);
    const { leaves, paths } = flatten(running.parameters);
    const [weight, gradient, update] = [result.weightNorms, result.gradientNorms, result.updateNorms].map(
      (v) => v.data,
    );
    const parameters = leaves.map((leaf, i): ParameterStatistics => {
      const { rank, size } = asTensor(leaf);
      const [weightNorm, gradientNorm, updateNorm] = [weight, gradient, update].map((v) => v?.[i] as number) as [
        number,
        number,
        number,
      ];
      return {
        path: showPath(paths[i] ?? []),
        rank,
        count: size,
        weightNorm,
        gradientNorm,
        updateNorm,
        updateRatio: updateNorm / weightNorm,
      };
    });
    const loss = number(result.loss);
    const gradientNorm = Math.hypot(...parameters.map((p) => p.gradientNorm));
    const isSound = Number.isFinite(loss) && Number.isFinite(gradientNorm);
    return {
      next: isSound ? result.next : running,
      loss,
      lossAfter: number(result.lossAfter),
      gradientNorm,
      parameters,
    };
  };

  /** Predictions for all rows, a batch at a time. */
  const predict = ({ parameters, state }: { parameters: P; state: S }, inputs: Tensor, batch: number): Tensor => {
    const n = inputs.shape[0] as number;
    const parts: Tensor[] = [];
    for (let i = 0; i < n; i += batch) {
      parts.push(asTensor(predictBatch(parameters, state, rowRange(inputs, i, Math.min(n, i + batch)))));
    }
    return joinRows(parts);
  };

  /** How the activations behave on a few examples. */
  const activity = ({ parameters, state }: { parameters: P; state: S }, inputs: Tensor): LayerActivity[] => {
    const names: [path: string, name: string][] = [];
    const observed = jit((p: P, s: S, x: Tensor) => {
      const outputs: Tensor[] = [];
      model.apply(p, s, x, {
        observe: (path, name, y) => {
          names.push([path, name]);
          outputs.push(y);
        },
      });
      return outputs;
    });
    return observed(parameters, state, inputs).flatMap((y, i) => {
      const [path, name] = names[i] as [string, string];
      return activityOf(path, name, y) ?? [];
    });
  };

  return { step, stepWithStatistics, predict, activity };
}
