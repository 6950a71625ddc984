import MagicString from 'magic-string';
import type { AnyNode } from './ast.ts';
import { showLocation } from './errors.ts';
import type { OrdinaryValues } from './ordinary.ts';
import type { Resolution } from './scope.ts';
import { findToken, type Source } from './source.ts';

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
  readonly used = new Set<string>();

  constructor(source: Source, resolution: Resolution, ordinary: OrdinaryValues, prefix: string, inline: boolean) {
    this.source = source;
    this.resolution = resolution;
    this.ordinary = ordinary;
    this.text = new MagicString(source.text);
    this.prefix = prefix;
    this.inline = inline;
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
