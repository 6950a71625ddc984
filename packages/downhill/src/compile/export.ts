import type { Program } from '../program/program.ts';
import type { TypedArray } from '../tensor/dtype.ts';
import { ArgumentError } from '../tensor/errors.ts';
import { sizeOf } from '../tensor/shape.ts';
import type { ExportedModule } from '../trace/apply.ts';
import { compileProgram } from './compile.ts';
import { CompileError } from './errors.ts';
import type { Place } from './places.ts';
import { detectFeatures } from './wasm/features.ts';

const arrays = {
  float64: 'Float64Array',
  float32: 'Float32Array',
  int32: 'Int32Array',
  uint32: 'Uint32Array',
  bool: 'Uint8Array',
} as const satisfies Record<Place['dtype'], TypedArray[typeof Symbol.toStringTag]>;

const describe = ({ address, dtype, shape }: Place): string =>
  `[${arrays[dtype]}, ${address}, ${sizeOf(shape)}, [${shape}]]`;

/**
 * A Program as a module and a loader of a few lines. The function it loads takes the inputs one after the other, a number
 * for a scalar and a typed array in row-major order for anything else, and gives the list of results in the same way.
 * @param branches true when the Program is one of the ways through a function that branches on values.
 * @throws ArgumentError for such a way, which a module would follow whatever it is given.
 * @throws CompileError when an operation of the Program has no code of its own.
 */
export function exportProgram(program: Program, branches = false): ExportedModule {
  if (branches) {
    throw new ArgumentError(
      'this function branches on values, and an exported module would follow one branch whatever it is given; write the choice with where or cond',
    );
  }
  // for any engine with SIMD, which all current ones have; fused multiply-adds some lack
  const features = detectFeatures({ relaxedSimd: false, threads: false });
  const { binary, signature } = compileProgram(program, { embedConstants: true, features });
  if (signature.hostCalls.length > 0) {
    throw new CompileError(
      `${signature.hostCalls.join(', ')} has no code in the module; a Program with it runs inside the library only`,
    );
  }
  const { inputs, outputs, pages, failures } = signature;
  // a solver or a search that finds nothing: inside the library the reference evaluator would say why
  const evaluate =
    failures.length === 0
      ? 'evaluate() {}'
      : `evaluate: (i) => {
    throw new Error(\`\${failures[i]} came to no good end for these inputs; the same function inside Downhill says why\`);
  }`;
  const loader = `// A function compiled by Downhill. load(bytes of the .wasm file) gives it; inputs are numbers and typed arrays.
const inputs = [${inputs.map(describe).join(', ')}];
const outputs = [${outputs.map(describe).join(', ')}];
${failures.length === 0 ? '' : `const failures = ${JSON.stringify(failures)};\n`}
export const shapes = { inputs: inputs.map((x) => x[3]), outputs: outputs.map((x) => x[3]) };

export async function load(bytes) {
  const memory = new WebAssembly.Memory({ initial: ${pages} });
  const { instance } = await WebAssembly.instantiate(bytes, { host: { memory, ${evaluate} } });
  const view = ([Kind, address, size]) => new Kind(memory.buffer, address, size);
  const [from, to] = [inputs.map(view), outputs.map(view)];
  return (...given) => {
    if (given.length !== from.length) throw new TypeError(\`\${from.length} inputs are needed, got \${given.length}\`);
    from.forEach((place, i) => {
      const x = given[i];
      if (typeof x === 'number' && place.length === 1) place[0] = x;
      else if (!(x instanceof place.constructor)) {
        throw new TypeError(\`input \${i} needs a \${place.length === 1 ? 'number or a ' : ''}\${place.constructor.name}\`);
      } else if (x.length === place.length) place.set(x);
      else throw new TypeError(\`input \${i} needs \${place.length} elements, got \${x.length}\`);
    });
    instance.exports.run();
    return to.map((place, i) => (outputs[i][3].length === 0 ? place[0] : place.slice()));
  };
}
`;
  const typeOf = ({ dtype, shape }: Place): string => (shape.length === 0 ? 'number' : arrays[dtype]);
  const types = `export declare const shapes: { inputs: number[][]; outputs: number[][] };
export declare function load(
  bytes: ArrayBuffer | ArrayBufferView,
): Promise<(${inputs.map((x, i) => `input${i}: ${typeOf(x)}`).join(', ')}) => [${outputs.map(typeOf).join(', ')}]>;
`;
  return { wasm: binary, loader, types };
}
