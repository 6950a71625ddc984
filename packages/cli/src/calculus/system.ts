import { nearestName } from 'downhill/data';
import { type Formula, formula } from 'downhill/formula';
import { errorAt, InputError } from '../errors.ts';
import { parseEquations, placeOf } from '../input/equations.ts';
import { parsePoint, parseRanges, positionOf } from '../input/point.ts';
import './plain.ts';

/** A system of differential equations, its time, its start and its parameters. */
export interface OdeSystem {
  time: string;
  span: readonly [from: number, to: number];
  /** The variables in the order of their equations. */
  states: readonly string[];
  start: readonly number[];
  parameters: readonly string[];
  values: readonly number[];
  /** Right sides, each a function of time, states and parameters in this order. */
  right: readonly Formula[];
  /** True when time stands in no right side. */
  autonomous: boolean;
}

/** Reads the equations and the texts of `--over`, `--from` and `--at`. */
export function readSystem(text: string, over: string, from: string, at: string | undefined): OdeSystem {
  const equations = parseEquations(text);
  const states = equations.map(({ name }) => name);
  const ranges = [...parseRanges('--over', over)];
  const [time, { low, high }] = ranges[0] as (typeof ranges)[number];
  if (ranges.length > 1) {
    const [second] = ranges[1] as (typeof ranges)[number];
    throw errorAt(
      'bad-range',
      '--over takes one range, that of time, as t=0:10',
      over,
      positionOf(over, second),
      second.length,
    );
  }
  const clash = equations.find(({ name }) => name === time);
  if (clash) {
    throw errorAt(
      'bad-equation',
      `${time} is time, by --over, and cannot have an equation`,
      text,
      clash.position,
      time.length + 1,
    );
  }
  for (const { by, name, position } of equations) {
    if (by !== undefined && by !== time) {
      throw errorAt(
        'bad-equation',
        `the derivative of ${name} is by ${by}, but --over has the time ${time}`,
        text,
        position,
        1,
      );
    }
  }
  const starts = parsePoint('--from', from);
  refuseUnknown('--from', from, starts.keys(), states, `no equation gives its derivative`);
  const unstarted = states.filter((name) => !starts.has(name));
  if (unstarted.length > 0) {
    throw new InputError(
      'missing-point',
      `--from gives no value for ${unstarted.join(', ')}; add ${unstarted.map((name) => `${name}=1`).join(',')}, for example`,
    );
  }
  const given = at === undefined ? new Map<string, number>() : parsePoint('--at', at);
  const used = [...new Set(equations.flatMap(({ right }) => right.variables))];
  const parameters = used.filter((name) => name !== time && !states.includes(name)).sort();
  refuseUnknown('--at', at ?? '', given.keys(), parameters, `it is no parameter of the equations`);
  const free = parameters.find((name) => !given.has(name));
  if (free !== undefined) {
    const sentence = `${free} has no equation and no value; add --at ${free}=1, or ${free}'=… to the equations`;
    throw errorAt('missing-parameter', sentence, text, placeOf(text, free), free.length);
  }
  const names = [time, ...states, ...parameters];
  return {
    time,
    span: [low, high],
    states,
    start: states.map((name) => starts.get(name) as number),
    parameters,
    values: parameters.map((name) => given.get(name) as number),
    right: equations.map((e) => formula(e.text, { variables: names })),
    autonomous: !used.includes(time),
  };
}

function refuseUnknown(
  option: string,
  text: string,
  names: Iterable<string>,
  known: readonly string[],
  why: string,
): void {
  for (const name of names) {
    if (known.includes(name)) continue;
    const near = nearestName(name, known);
    const hint = near === undefined ? why : `did you mean ${near}?`;
    throw errorAt(
      'unknown-variable',
      `${option} gives a value to ${name}; ${hint}`,
      text,
      positionOf(text, name),
      name.length,
    );
  }
}
