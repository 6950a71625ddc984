import { evaluateEquation } from '../program/evaluate.ts';
import type { TypedArray } from '../tensor/dtype.ts';
import { DenseTensor } from '../tensor/tensor.ts';
import type { Donation } from '../trace/apply.ts';
import type { HostCall } from './emitter.ts';
import { at, type Place } from './places.ts';
import { Residents } from './residents.ts';
import { type WasmMemory, webAssembly } from './wasm/engine.ts';

/** What it takes to run a module. */
export interface Runnable {
  readonly binary: Uint8Array;
  /** Pages of 64 KiB its memory must have. */
  readonly pages: number;
  readonly inputs: readonly Place[];
  readonly outputs: readonly Place[];
  /** Arrays that lie in memory before the first run. */
  readonly constants: readonly { readonly place: Place; readonly value: DenseTensor }[];
  readonly hostCalls: readonly HostCall[];
  readonly donation: Donation | undefined;
  /** For each result the input whose place it takes. */
  readonly shared: readonly (number | undefined)[];
  readonly onMark: ((line: number) => void) | undefined;
}

/** A module at work: its memory seen as the inputs and results it holds. */
interface Instance {
  readonly inputs: readonly TypedArray[];
  readonly outputs: readonly TypedArray[];
  readonly run: () => void;
}

function start({ binary, pages, inputs, outputs, constants, hostCalls, onMark }: Runnable): Instance {
  const engine = webAssembly();
  const memory = new engine.Memory({ initial: pages });
  const evaluate = (index: number | bigint): undefined => {
    runOnHost(hostCalls[Number(index)] as HostCall, memory);
  };
  const mark = (line: number | bigint): undefined => {
    onMark?.(Number(line));
  };
  const { exports } = new engine.Instance(new engine.Module(binary), { host: { memory, evaluate, mark } });
  for (const { place, value } of constants) at(memory, place).set(value.data);
  return {
    inputs: inputs.map((place) => at(memory, place)),
    outputs: outputs.map((place) => at(memory, place)),
    run: exports.run as unknown as () => void,
  };
}

/** Runs a module again and again; it is instantiated by the first run. */
export function runner(runnable: Runnable): (inputs: readonly DenseTensor[]) => DenseTensor[] {
  const { inputs, outputs, shared, donation } = runnable;
  let instance: Instance | undefined;
  const state = new Residents(inputs.length, shared, outputs, donation);
  return (given) => {
    instance ??= start(runnable);
    state.enter(given, instance.inputs);
    instance.run();
    return state.leave(instance.outputs);
  };
}

/** An operation without code here, by the reference evaluator on the module's own memory. */
function runOnHost({ equation, inputs, outputs }: HostCall, memory: WasmMemory): void {
  const operands = inputs.map((place) => new DenseTensor(at(memory, place), place.shape, place.dtype));
  const results = evaluateEquation(equation, operands);
  results.forEach((y, i) => at(memory, outputs[i] as HostCall['outputs'][0]).set(y.data));
}
