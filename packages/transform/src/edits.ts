import MagicString, { Bundle } from 'magic-string';
import type { AnyNode } from './ast.ts';
import { showLocation } from './errors.ts';
import type { OrdinaryValues } from './ordinary.ts';
import type { Resolution } from './scope.ts';
import { findToken, type Source } from './source.ts';

/** A stretch of the text that is written twice, see `versionsOf`. */
interface Twice {
  readonly start: number;
  readonly end: number;
  readonly guard: string;
  readonly first: Edits;
}

export interface Finished {
  readonly code: string;
  readonly map: ReturnType<Bundle['generateMap']>;
}

/**
 * The text under change. A node is opened before the nodes inside it and closed before them too, which puts its own
 * additions outermost on both sides.
 */
export class Edits {
  readonly source: Source;
  readonly resolution: Resolution;
  readonly ordinary: OrdinaryValues;
  readonly text: MagicString;
  readonly prefix: string;
  /** True to write out what operators do with numbers; see `Inline`. */
  readonly inline: boolean;
  /** Names of `downhill/operators` that the new text calls. */
  readonly used: Set<string>;
  /** Text to stand at the very end. */
  tail = '';
  readonly #twice: Twice[] = [];

  constructor(
    source: Source,
    resolution: Resolution,
    ordinary: OrdinaryValues,
    prefix: string,
    inline: boolean,
    used: Set<string> = new Set(),
  ) {
    this.source = source;
    this.resolution = resolution;
    this.ordinary = ordinary;
    this.text = new MagicString(source.text);
    this.prefix = prefix;
    this.inline = inline;
    this.used = used;
  }

  /** The edits of another writing of some stretch, in which more is known to be ordinary. */
  another(ordinary: OrdinaryValues): Edits {
    return new Edits(this.source, this.resolution, ordinary, this.prefix, this.inline, this.used);
  }

  /** Writes a statement twice: by the edits of `first` when the guard holds, and by these when it does not. */
  twice(node: AnyNode, guard: string, first: Edits): void {
    this.#twice.push({ start: node.start, end: node.end, guard, first });
  }

  /** The new text with `inserted` at a position of the source and `tail` at the end, and its map to `file`. */
  finish(file: string, inserted: { readonly at: number; readonly text: string }, tail: string): Finished {
    const bundle = new Bundle({ separator: '' });
    this.#write(bundle, file, 0, inserted.at);
    if (inserted.text) bundle.append(inserted.text);
    this.#write(bundle, file, inserted.at, this.source.text.length);
    if (tail) bundle.append(tail);
    return { code: bundle.toString(), map: bundle.generateMap({ hires: true }) };
  }

  #write(bundle: Bundle, filename: string, start: number, end: number): void {
    let from = start;
    const upTo = (to: number): void => {
      if (to > from) bundle.addSource({ filename, content: this.text.snip(from, to) });
      from = to;
    };
    const within = this.#twice.filter((stretch) => stretch.start >= start && stretch.end <= end);
    for (const stretch of within.sort((a, b) => a.start - b.start)) {
      upTo(stretch.start);
      bundle.append(`{if (${stretch.guard}) {`);
      stretch.first.#write(bundle, filename, stretch.start, stretch.end);
      bundle.append('} else {');
      upTo(stretch.end);
      bundle.append('}}');
    }
    upTo(end);
  }

  /** The local name of an operator function. */
  name(operator: string): string {
    this.used.add(operator);
    return this.prefix + operator;
  }

  open(position: number, text: string): void {
    this.text.appendRight(position, text);
  }

  close(position: number, text: string): void {
    this.text.prependLeft(position, text);
  }

  replace(start: number, end: number, text: string): void {
    this.text.update(start, end, text);
  }

  /** Replaces the first `token` at or after `from`, looking past comments. */
  replaceToken(token: string, from: number, text: string): void {
    const start = findToken(this.source, token, from);
    this.text.update(start, start + token.length, text);
  }

  original(node: AnyNode): string {
    return this.source.text.slice(node.start, node.end);
  }

  /** The location of a node as a string literal of the new text. */
  where(node: AnyNode): string {
    return JSON.stringify(showLocation(this.source.locate(node.start)));
  }

  /** True for a name declared nowhere in the source: a global. */
  isGlobal(node: AnyNode, name?: string): boolean {
    if (node.type !== 'Identifier' || (name !== undefined && node.name !== name)) return false;
    return this.resolution.references.has(node) && this.resolution.references.get(node) === undefined;
  }
}
