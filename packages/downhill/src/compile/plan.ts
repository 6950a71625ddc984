import { Arena } from './arena.ts';
import { type Buffer, bytesOf, wholeOf } from './expressions.ts';
import type { Fused, Kernel, Kernels } from './kernel.ts';
import { blockBytes } from './threads/words.ts';

/** Where a buffer lies, and for how long. */
export interface Placed {
  readonly buffer: Buffer;
  readonly address: number;
  /** Its own, rounded up to a multiple of 16. */
  readonly bytes: number;
  /** The numbers of the first and the last kernel that find it there; −1 and ∞ for before and after the run. */
  readonly from: number;
  readonly to: number;
}

/** Where every buffer of a Program lies. */
export interface MemoryPlan {
  /** Bytes from 0 to the end of the highest buffer. */
  readonly bytes: number;
  /** Bytes of all buffers: what memory would be had no place been used twice. */
  readonly planned: number;
  /** Every buffer: first those that keep their place, then in the order they are needed. */
  readonly placed: readonly Placed[];
  /** Where threads meet, when a kernel is shared. */
  readonly block: number | undefined;
  /** The address of a buffer of the kernels. */
  readonly address: (buffer: Buffer) => number;
}

/** Bytes at the start of memory that no buffer uses, so that address 0 is nobody's. */
const reserved = 16;

/** A cache line: what threads look at while they wait has some of its own. */
const line = 64;

/**
 * The second stage: a place in one arena for every buffer. A buffer is needed from the first kernel that names it to the
 * last, and its place is free for others before and after that; the result of an elementwise kernel takes the place of an
 * operand that ends there. Inputs and constants are there before the first kernel and
 * results after the last one. A pure function of the kernels; `printPlan` shows what it gives.
 */
export function plan({ inputs, kernels, results, threads }: Omit<Fused, 'program'>): MemoryPlan {
  const sites = sitesOf(kernels);
  const lives = livesOf(sites);
  const arena = new Arena(reserved);
  const placed: Placed[] = [];
  const addresses = new Map<Buffer, number>();
  const place = (buffer: Buffer, from: number, to: number, over?: Placed): Placed => {
    const { address, bytes } = over ?? arena.allocate(buffer.elements * bytesOf[buffer.dtype]);
    const found = { buffer, address, bytes, from, to };
    addresses.set(buffer, found.address);
    placed.push(found);
    return found;
  };
  const always = (buffer: Buffer): Placed => place(buffer, -1, Number.POSITIVE_INFINITY);

  for (const buffer of inputs) always(buffer);
  const constants = [...lives.keys()].filter((b) => b.given && !addresses.has(b));
  for (const buffer of constants) always(buffer);
  const words: Buffer = { dtype: 'bool', elements: blockBytes(threads) + line, equation: undefined };
  const block = sites.some((s) => s.kernel.shared) ? Math.ceil(always(words).address / line) * line : undefined;

  const kept = new Set(results);
  const beginning = new Map<number, Buffer[]>();
  for (const [buffer, { first }] of lives) append(beginning, first.number, buffer);
  const ending = new Map<number, Placed[]>();
  for (const { number, kernel } of sites) {
    /** A buffer that this kernel is the last to need, not a loop around it, and on which one that begins may lie. */
    const under = (buffer: Buffer): Placed | undefined => {
      const dying = ending.get(number);
      const isLast = (r: Buffer): boolean => lives.get(r)?.last.number === number;
      const found = dying?.find((p) => kernel.overlays.some(([w, r]) => w === buffer && r === p.buffer && isLast(r)));
      if (found) dying?.splice(dying.indexOf(found), 1);
      return found;
    };
    for (const buffer of beginning.get(number) ?? []) {
      if (addresses.has(buffer)) continue;
      const end = kept.has(buffer) ? Number.POSITIVE_INFINITY : (lives.get(buffer) as Life).last.end;
      const found = place(buffer, number, end, under(buffer));
      if (Number.isFinite(end)) append(ending, end, found);
    }
    for (const found of ending.get(number) ?? []) arena.release(found);
  }
  // results without elements, which no kernel writes
  for (const buffer of results) if (!addresses.has(buffer)) place(buffer, sites.length, Number.POSITIVE_INFINITY);

  const address = (buffer: Buffer): number => addresses.get(wholeOf(buffer)) as number;
  return { bytes: arena.bytes, planned: placed.reduce((sum, p) => sum + p.bytes, 0), placed, block, address };
}

/** A kernel and where it stands. */
interface Site {
  readonly kernel: Kernel;
  /** Kernels are counted as they are listed, those of bodies after the kernel they belong to. */
  readonly number: number;
  /** The number of the last kernel of its bodies; its own when it has none. */
  end: number;
  /** The list it stands in, and the kernel which that is a body of. */
  readonly body: Kernels;
  readonly parent: Site | undefined;
  readonly depth: number;
}

function sitesOf(kernels: Kernels): Site[] {
  const sites: Site[] = [];
  const add = (body: Kernels, parent: Site | undefined, depth: number): void => {
    for (const kernel of body) {
      const site: Site = { kernel, number: sites.length, end: 0, body, parent, depth };
      sites.push(site);
      for (const inner of kernel.bodies) add(inner, site, depth + 1);
      site.end = sites.length - 1;
    }
  };
  add(kernels, undefined, 0);
  return sites;
}

/** How long a buffer is needed: from one kernel to another one of the same list. */
interface Life {
  first: Site;
  last: Site;
}

/**
 * The life of every buffer, in the order they are first named. What is named in a loop and outside of it is needed for all
 * rounds, and what is named in several bodies of a loop for as long as the loop; what is named in one body alone, from the
 * first to the last kernel there that names it.
 */
function livesOf(sites: readonly Site[]): Map<Buffer, Life> {
  const lives = new Map<Buffer, Life>();
  const name = (given: Buffer, site: Site): void => {
    const buffer = wholeOf(given);
    const life = lives.get(buffer);
    if (!life) {
      lives.set(buffer, { first: site, last: site });
      return;
    }
    // up to the innermost list that has both, where the life covers all of a loop around either
    let here = site;
    while (here.body !== life.last.body) {
      const [own, other] = [life.last, here];
      if (own.depth >= other.depth) life.first = life.last = own.parent as Site;
      if (other.depth >= own.depth) here = other.parent as Site;
    }
    life.last = here;
  };
  for (const site of sites) {
    const { reads, writes, scratch } = site.kernel;
    for (const { buffer } of reads) name(buffer, site);
    for (const { buffer } of writes) name(buffer, site);
    for (const buffer of scratch) name(buffer, site);
  }
  return lives;
}

function append<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}
