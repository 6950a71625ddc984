import { AssemblyError } from './errors.ts';
import type { FunctionReference } from './function.ts';
import { type Kind, type StackType, stackType } from './kinds.ts';
import type { LoweredFunction } from './lower.ts';
import { OPCODES } from './opcodes.ts';
import { halved } from './scalarize.ts';

interface Frame {
  readonly op: string;
  readonly height: number;
  unreachable: boolean;
}

/**
 * Walks a lowered function with a stack of types, as an engine's validator would, and says which instruction of which
 * function is wrong. An engine only gives a byte offset.
 * @param scalar that functions take and give vectors as two halves.
 */
export function checkFunction(f: LoweredFunction, scalar = false): void {
  const stackOf = (kinds: readonly Kind[]): StackType[] => {
    const types = kinds.map(stackType);
    return scalar ? halved(types) : types;
  };
  const locals = [...f.params, ...f.locals];
  const stack: StackType[] = [];
  const frames: Frame[] = [{ op: 'function', height: 0, unreachable: false }];
  let at = 0;
  const top = () => frames[frames.length - 1];
  const fail = (message: string) =>
    new AssemblyError(`in function ${f.name}, instruction ${at} (${f.body[at]?.op ?? 'end'}): ${message}`);
  const pop = (want: StackType) => {
    if (stack.length === top().height) {
      if (top().unreachable) return;
      throw fail(`needs ${want}, but the stack is empty`);
    }
    const got = stack.pop();
    if (got !== want) throw fail(`needs ${want}, got ${got}`);
  };
  const apply = (params: readonly StackType[], results: readonly StackType[]) => {
    for (let i = params.length - 1; i >= 0; i--) pop(params[i]);
    for (const result of results) stack.push(result);
  };
  const leave = () => {
    top().unreachable = true;
    stack.length = top().height;
  };
  const settle = () => {
    if (stack.length !== top().height) {
      throw fail(`leaves ${stack.length - top().height} values on the stack`);
    }
  };
  for (; at < f.body.length; at++) {
    const { op, immediate } = f.body[at];
    if (op === 'mark') continue;
    if (op === 'local.get' || op === 'local.set' || op === 'local.tee') {
      const type = locals[immediate as number];
      if (type === undefined) throw fail(`local ${String(immediate)} does not exist`);
      if (op !== 'local.get') pop(type);
      if (op !== 'local.set') stack.push(type);
      continue;
    }
    const opcode = OPCODES.get(op);
    if (opcode !== undefined) {
      apply(opcode.params, opcode.results);
      if (op === 'unreachable') leave();
    } else if (op === 'block' || op === 'loop' || op === 'if') {
      if (op === 'if') pop('i32');
      frames.push({ op, height: stack.length, unreachable: false });
    } else if (op === 'else' || op === 'end') {
      settle();
      const frame = frames.pop() as Frame;
      if (frames.length === 0) throw fail('closes a block that was never opened');
      if (op === 'else') frames.push({ op, height: frame.height, unreachable: false });
    } else if (op === 'br' || op === 'br_if') {
      if (!((immediate as number) < frames.length)) throw fail('branches out of the function');
      if (op === 'br_if') pop('i32');
      else leave();
    } else if (op === 'return') {
      apply(f.results, []);
      leave();
    } else if (op === 'call') {
      const target = immediate as FunctionReference;
      apply(stackOf(target.params), stackOf(target.results));
    } else if (op === 'drop') {
      if (stack.length > top().height) stack.pop();
      else if (!top().unreachable) throw fail('has nothing to drop');
    } else if (op === 'select') {
      pop('i32');
      const type = stack[stack.length - 1];
      apply([type, type], [type]);
    } else throw fail('there is no such instruction');
  }
  if (frames.length !== 1) throw fail(`${frames.length - 1} blocks are still open`);
  if (!top().unreachable) apply(f.results, []);
  settle();
}
