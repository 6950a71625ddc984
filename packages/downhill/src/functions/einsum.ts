import { equal } from '../primitives/comparison.ts';
import { dotGeneral } from '../primitives/dot.ts';
import { iota } from '../primitives/iota.ts';
import { broadcastInDim, permute, reduceSum } from '../primitives/layout.ts';
import { select } from '../primitives/select.ts';
import { infinity } from '../tensor/dtype.ts';
import { ArgumentError, ShapeError } from '../tensor/errors.ts';
import { broadcastShapes, showShape } from '../tensor/shape.ts';
import { asTensor, type Tensor, type TensorLike } from '../tensor/tensor.ts';
import { numeric } from './products.ts';

/** An operand with a label for each axis. */
interface Labelled {
  readonly x: Tensor;
  readonly labels: readonly string[];
}

interface Subscripts {
  readonly inputs: readonly string[];
  /** `undefined` when the text has no arrow. */
  readonly output: string | undefined;
}

function parse(text: string): Subscripts {
  if (typeof text !== 'string') throw new ArgumentError(`einsum: the subscripts must be text such as "ij,jk->ik"`);
  const plain = text.replace(/\s+/g, '');
  const bad = /[^A-Za-z,.\->]/.exec(plain);
  if (bad) {
    throw new ArgumentError(
      `einsum: "${bad[0]}" at position ${bad.index} of "${plain}" is not a subscript; letters, commas, "..." and "->" are`,
    );
  }
  const [left = '', output, ...more] = plain.split('->');
  if (more.length > 0) throw new ArgumentError(`einsum: "${plain}" has more than one "->"`);
  for (const part of [...left.split(','), ...(output === undefined ? [] : [output])]) {
    if (!/^[A-Za-z]*(\.\.\.)?[A-Za-z]*$/.test(part)) {
      throw new ArgumentError(`einsum: "${part}" in "${plain}" is not letters with at most one "..."`);
    }
  }
  return { inputs: left.split(','), output };
}

/** Labels of the axes an ellipsis stands for: `.0` is the last one, so that they align on the right. */
const ellipsisLabels = (count: number): string[] => Array.from({ length: count }, (_, i) => `.${count - 1 - i}`);

function labelOperand(subscripts: string, x: Tensor, position: number): string[] {
  const [head = '', tail] = subscripts.split('...');
  const named = head.length + (tail?.length ?? 0);
  if (tail === undefined ? named !== x.rank : named > x.rank) {
    throw new ShapeError(
      `einsum: operand ${position} has shape ${showShape(x.shape)} (${x.rank} axes) but subscripts "${subscripts}" name ${named}`,
    );
  }
  return tail === undefined ? [...head] : [...head, ...ellipsisLabels(x.rank - named), ...tail];
}

/** Sizes of labels; an axis of size 1 behind an ellipsis stretches. */
function labelSizes(operands: readonly Labelled[]): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const { x, labels } of operands) {
    labels.forEach((label, axis) => {
      const size = x.shape[axis];
      const before = sizes.get(label);
      if (before === undefined) sizes.set(label, size);
      else if (label.startsWith('.')) sizes.set(label, broadcastShapes([before], [size])[0]);
      else if (before !== size) {
        throw new ShapeError(
          `einsum: "${label}" is ${before} in one place and ${size} in axis ${axis} of ${showShape(x.shape)}`,
        );
      }
    });
  }
  return sizes;
}

function outputLabels(output: string | undefined, operands: readonly Labelled[], sizes: Map<string, number>): string[] {
  const dots = [...sizes.keys()]
    .filter((l) => l.startsWith('.'))
    .sort((a, b) => Number(b.slice(1)) - Number(a.slice(1)));
  const counts = new Map<string, number>();
  for (const { labels } of operands) for (const l of labels) counts.set(l, (counts.get(l) ?? 0) + 1);
  if (output === undefined) {
    const once = [...counts.keys()].filter((l) => !l.startsWith('.') && counts.get(l) === 1).sort();
    return [...dots, ...once];
  }
  const [head = '', tail] = output.split('...');
  const labels = tail === undefined ? [...head] : [...head, ...dots, ...tail];
  for (const label of labels) {
    if (!sizes.has(label)) throw new ArgumentError(`einsum: "${label}" of the result is in no operand`);
  }
  if (new Set(labels).size !== labels.length) {
    throw new ArgumentError(`einsum: the result "${output}" names an axis twice`);
  }
  return labels;
}

/** Repeated labels of one operand taken along their diagonal, axes of ellipses stretched to their common size. */
function prepare({ x, labels }: Labelled, sizes: Map<string, number>): Labelled {
  let value = broadcastAxes(x, labels, sizes);
  let names = [...labels];
  for (let axis = 0; axis < names.length; axis++) {
    const second = names.indexOf(names[axis], axis + 1);
    if (second < 0) continue;
    value = diagonalOf(value, axis, second);
    names = names.filter((_, i) => i !== second);
    axis--;
  }
  return { x: value, labels: names };
}

function broadcastAxes(x: Tensor, labels: readonly string[], sizes: Map<string, number>): Tensor {
  const shape = labels.map((l) => sizes.get(l) as number);
  return broadcastInDim(
    x,
    shape,
    labels.map((_, i) => i),
  );
}

/** The elements of `x` whose indices along two axes of equal size agree: axis `second` goes, axis `first` stays. */
export function diagonalOf(x: Tensor, first: number, second: number): Tensor {
  const square = [x.shape[first], x.shape[second]];
  const same = equal(iota('int32', square, 0), iota('int32', square, 1));
  const mask = broadcastInDim(same, x.shape, first < second ? [first, second] : [second, first]);
  return reduceSum(select(mask, x, 0), [second]);
}

/** Axes that nobody needs any more, summed away. */
function sumOut({ x, labels }: Labelled, keep: ReadonlySet<string>): Labelled {
  const axes = labels.flatMap((l, i) => (keep.has(l) ? [] : [i]));
  return { x: reduceSum(x, axes), labels: labels.filter((l) => keep.has(l)) };
}

/** Two operands multiplied and summed over the labels that nothing after them needs. */
function contractPair(a: Labelled, b: Labelled, keep: ReadonlySet<string>): Labelled {
  const left = sumOut(a, new Set([...keep, ...b.labels]));
  const right = sumOut(b, new Set([...keep, ...a.labels]));
  const shared = left.labels.filter((l) => right.labels.includes(l));
  const batch = shared.filter((l) => keep.has(l));
  const contract = shared.filter((l) => !keep.has(l));
  const at = (labels: readonly string[], names: readonly string[]): number[] => names.map((l) => labels.indexOf(l));
  const [x, y] = numeric(left.x, right.x);
  const product = dotGeneral(x, y, {
    contract: [at(left.labels, contract), at(right.labels, contract)],
    batch: [at(left.labels, batch), at(right.labels, batch)],
  });
  const rest = (labels: readonly string[]): string[] => labels.filter((l) => !shared.includes(l));
  return { x: product, labels: [...batch, ...rest(left.labels), ...rest(right.labels)] };
}

/** Elements in the result of multiplying two operands, by which the next pair is chosen. */
function pairSize(a: Labelled, b: Labelled, keep: ReadonlySet<string>, sizes: Map<string, number>): number {
  const labels = new Set([...a.labels, ...b.labels].filter((l) => keep.has(l)));
  let size = 1;
  for (const l of labels) size *= sizes.get(l) as number;
  return size;
}

/**
 * Einstein's summation, as NumPy's: `einsum('ij,jk->ik', a, b)` is the matrix product. Labels not in the result are
 * summed, repeated labels of one operand take the diagonal, `...` stands for axes that broadcast, and without `->` the
 * result has the labels that occur once, in alphabetical order. More than two operands are multiplied pairwise, the pair
 * with the smallest product first.
 * @throws ArgumentError for subscripts that do not parse; ShapeError when they do not fit the operands.
 */
export function einsum(subscripts: string, ...xs: readonly TensorLike[]): Tensor {
  const { inputs, output } = parse(subscripts);
  if (inputs.length !== xs.length) {
    throw new ArgumentError(
      `einsum: "${subscripts}" describes ${inputs.length} operand${inputs.length === 1 ? '' : 's'}; got ${xs.length}`,
    );
  }
  const labelled = xs.map((value, i): Labelled => {
    const x = asTensor(value);
    return { x, labels: labelOperand(inputs[i], x, i) };
  });
  const sizes = labelSizes(labelled);
  const wanted = outputLabels(output, labelled, sizes);
  const pending = labelled.map((operand) => prepare(operand, sizes));
  while (pending.length > 1) {
    let best = { i: 0, j: 1, size: infinity };
    for (let i = 0; i < pending.length; i++) {
      for (let j = i + 1; j < pending.length; j++) {
        const size = pairSize(pending[i], pending[j], needed(pending, wanted, i, j), sizes);
        if (size < best.size) best = { i, j, size };
      }
    }
    const { i, j } = best;
    const product = contractPair(pending[i], pending[j], needed(pending, wanted, i, j));
    pending.splice(j, 1);
    pending[i] = product;
  }
  const { x, labels } = sumOut(pending[0], new Set(wanted));
  return permute(
    x,
    wanted.map((l) => labels.indexOf(l)),
  );
}

/** Labels that the result or an operand other than i and j still needs. */
function needed(operands: readonly Labelled[], wanted: readonly string[], i: number, j: number): Set<string> {
  const labels = new Set(wanted);
  operands.forEach((operand, k) => {
    if (k !== i && k !== j) for (const l of operand.labels) labels.add(l);
  });
  return labels;
}
