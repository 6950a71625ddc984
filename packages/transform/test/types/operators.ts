// biome-ignore-all lint/correctness/noUnusedVariables: declarations are the tests.
'use math';
// Checked by the compiler alone (types.test.ts): what the types of operators promise, and what they refuse.
import {
  grad,
  item,
  type Matrix,
  matmul,
  matrix,
  mean,
  sum,
  type Tensor,
  tensor,
  type Vector,
  valueAndGrad,
  vector,
} from 'downhill';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(..._proof: Equal<A, B> extends true ? [] : ['the types differ']): void => {};

// Scalars are numbers.
const line = (w: number, b: number): number => w * 2 + b;
same<ReturnType<typeof grad<[number, number]>>, (w: number, b: number) => number>();
const slope = grad(line)(1, 2);
same<typeof slope, number>();

// Vectors and matrices take operators, indices and iteration, and stay tensors.
const x: Vector = vector([1, 2, 3]);
const a: Matrix = matrix([[1, 2, 3]]);
const shifted: number = (x - 1) ** 2 / 3;
const first: number = x[0] * a[0][1];
const isLarge: boolean = x > 2;
const again: Vector = vector(x * 2);
const product: Vector = matmul(a, x);
const square: Matrix = matmul(a, a);
const all: Tensor = x;
const methods: Tensor = x.mul(2).sum();
let total = 0;
for (const element of x) total += element;
const plain: number = item(mean(x));
const loss = (w: Vector): number => mean((x * w - 1) ** 2) + sum(w ** 2);
const gradient = grad(loss)(x);
same<typeof gradient, Vector>();
const [value] = valueAndGrad(loss)(x);
same<typeof value, number>();

// Trees keep their types.
const tree = grad((p: { w: Vector; b: number }) => mean(x * p.w + p.b))({ w: x, b: 1 });
same<typeof tree, { w: Vector; b: number }>();

// A tensor whose shape was not stated has functions and methods, no operators.
const t: Tensor = tensor([1, 2]);
// @ts-expect-error operators need a Vector or Matrix
const refused = t * 2;
// @ts-expect-error as do comparisons with numbers
const compared = t > 1;
// @ts-expect-error a matrix is no vector
const wrong: Vector = a;
// @ts-expect-error arrays of numbers do not multiply
const array = [1, 2] * 2;
