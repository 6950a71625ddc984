import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { Tensor } from '../../src/index.ts';

/** One worked example: what goes in, what must come out and how closely. */
export interface Seed {
  readonly id: string;
  readonly description: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly expected: Readonly<Record<string, unknown>>;
  readonly tolerance: { readonly abs: number; readonly rel: number };
}

const path = fileURLToPath(new URL('../fixtures/seed-numbers.json', import.meta.url));

export const seeds: readonly Seed[] = (JSON.parse(readFileSync(path, 'utf8')) as { entries: Seed[] }).entries;

export type Tree = number | string | boolean | readonly Tree[] | { readonly [key: string]: Tree };

/** Reproduces an entry: returns values under the names of `expected`, all of them except those listed as later. */
export type Check = (inputs: Inputs) => Readonly<Record<string, Tree | Tensor>>;

export interface Inputs {
  number: (key: string) => number;
  list: (key: string) => number[];
}

export const inputsOf = (seed: Seed): Inputs => ({
  number: (key) => seed.inputs[key] as number,
  list: (key) => seed.inputs[key] as number[],
});

/** The value of a scalar that may be traced no more: a number or a tensor without axes. */
export const plain = (x: unknown): number => (x instanceof Tensor ? (x.item() as number) : (x as number));

const numberOf = (x: unknown): unknown => (x === 'NaN' ? Number.NaN : x === 'Infinity' ? Number.POSITIVE_INFINITY : x);

/** Fails the running test where `got` is not within the entry's tolerance of `want`. */
export function close(got: unknown, want: unknown, tolerance: Seed['tolerance'], where: string): void {
  const value = got instanceof Tensor ? got.toArray() : got;
  const target = numberOf(want);
  if (Array.isArray(target)) {
    expect(Array.isArray(value), `${where}: an array`).toBe(true);
    expect((value as unknown[]).length, `${where}: length`).toBe(target.length);
    target.forEach((w, i) => {
      close((value as unknown[])[i], w, tolerance, `${where}[${i}]`);
    });
  } else if (typeof target === 'object' && target !== null) {
    for (const [key, w] of Object.entries(target)) {
      close((value as Record<string, unknown>)[key], w, tolerance, `${where}.${key}`);
    }
  } else if (typeof target === 'number' && Number.isFinite(target)) {
    const { abs, rel } = tolerance;
    expect(typeof value, `${where}: type`).toBe('number');
    const distance = Math.abs((value as number) - target);
    expect(distance <= abs + rel * Math.abs(target), `${where}: got ${value}, expected ${target}`).toBe(true);
  } else {
    expect(value, where).toEqual(target);
  }
}
