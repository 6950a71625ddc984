import { primitives } from '../primitives/registry.ts';
import type { Primitive } from '../program/primitive.ts';
import { isDeclined } from '../program/primitive.ts';
import { boundedWhilePrimitive } from './bounded-while.ts';
import { checkpointPrimitive } from './checkpoint.ts';
import { condPrimitive } from './cond.ts';
import { customJvpPrimitive } from './custom-jvp.ts';
import { customVjpPrimitive } from './custom-vjp.ts';
import { linearCallPrimitive } from './linear-call.ts';
import { scanPrimitive } from './scan.ts';
import { stopGradientPrimitive } from './stop-gradient.ts';
import { whilePrimitive } from './while.ts';

/** Every operation there is: the first-order records and those that carry Programs. */
export const records: readonly Primitive[] = [
  ...primitives,
  stopGradientPrimitive,
  ...([
    condPrimitive,
    whilePrimitive,
    scanPrimitive,
    boundedWhilePrimitive,
    checkpointPrimitive,
    customJvpPrimitive,
    customVjpPrimitive,
    linearCallPrimitive,
  ] as unknown as readonly Primitive[]),
];

/** The rules every record states, in the order of the coverage table. */
export const ruleNames = [
  'shape',
  'evaluate',
  'jvp',
  'transpose',
  'batch',
  'taylor',
  'interval',
  'tex',
  'samples',
] as const;

/** What a record says of a rule: `present`, or the reason it declined. A hole would be `missing`. */
export function ruleState(record: Primitive, rule: (typeof ruleNames)[number]): string {
  const value: unknown = record[rule];
  if (isDeclined(value)) return value.declined;
  return value === undefined || value === null ? 'missing' : 'present';
}
