import { type DType, isFloat } from '../tensor/dtype.ts';
import type { Aval, DenseTensor } from '../tensor/tensor.ts';
import { type Atom, isProgram, isVariable, type Program, type Variable } from './program.ts';

const short: Record<DType, string> = { float64: 'f64', float32: 'f32', int32: 'i32', uint32: 'u32', bool: 'bool' };

/** `f64[3,2]`, with a star for weak types. */
export const showAval = (aval: Aval): string => `${short[aval.dtype]}[${aval.shape.join(',')}]${aval.weak ? '*' : ''}`;

function variableName(index: number): string {
  let name = '';
  for (let n = index; n >= 0; n = Math.floor(n / 26) - 1) name = String.fromCharCode(97 + (n % 26)) + name;
  return name;
}

function showLiteral(x: DenseTensor): string {
  const value = x.data[0] as number;
  const text =
    x.dtype === 'bool'
      ? String(value !== 0)
      : Number.isInteger(value) && isFloat(x.dtype)
        ? value.toFixed(1)
        : String(value);
  return Object.is(value, -0) ? '-0.0' : text;
}

function showParam(value: unknown, indent: string): string {
  if (isProgram(value)) return printProgram(value, indent);
  if (Array.isArray(value)) {
    return value.some(isProgram)
      ? `(\n${value.map((v) => `${indent}  ${showParam(v, `${indent}  `)}`).join('\n')}\n${indent})`
      : `[${value.map((v) => showParam(v, indent)).join(',')}]`;
  }
  if (typeof value === 'function') return value.name || 'function';
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value)
      .map(([k, v]) => `${k}=${showParam(v, indent)}`)
      .join(' ')}}`;
  }
  return String(value);
}

/**
 * Text of a Program in the manner of JAX's jaxprs:
 * `{ lambda ; a:f64[3]. let b:f64[3] = sin a; c:f64[] = reduce_sum[axes=[0]] b in (c,) }`.
 */
export function printProgram(program: Program, indent = ''): string {
  const names = new Map<Variable, string>();
  const name = (variable: Variable): string => {
    let text = names.get(variable);
    if (text === undefined) {
      text = variableName(names.size);
      names.set(variable, text);
    }
    return text;
  };
  const bind = (variable: Variable): string => `${name(variable)}:${showAval(variable)}`;
  const show = (atom: Atom): string => (isVariable(atom) ? name(atom) : `${showLiteral(atom)}:${showAval(atom)}`);
  const constants = program.constants.map((c) => bind(c.variable)).join(' ');
  const inputs = program.inputs.map(bind).join(' ');
  const lines = program.equations.map((equation) => {
    const entries = Object.entries(equation.params).filter(([, v]) => v !== undefined && v !== null);
    const nested = entries.some(([, v]) => isProgram(v) || (Array.isArray(v) && v.some(isProgram)));
    const inner = `${indent}      `;
    const params =
      entries.length === 0
        ? ''
        : nested
          ? `[\n${entries.map(([k, v]) => `${inner}${k}=${showParam(v, inner)}`).join('\n')}\n${indent}    ]`
          : `[${entries.map(([k, v]) => `${k}=${showParam(v, inner)}`).join(' ')}]`;
    const operands = equation.inputs.map(show).join(' ');
    return `${indent}    ${equation.outputs.map(bind).join(' ')} = ${equation.primitive.name}${params} ${operands}`.trimEnd();
  });
  const outputs = `(${program.outputs.map(show).join(', ')}${program.outputs.length === 1 ? ',' : ''})`;
  const head = `{ lambda ${constants}${constants ? ' ' : ''}; ${inputs}. let`;
  return lines.length === 0 ? `${head} in ${outputs} }` : `${head}\n${lines.join('\n')}\n${indent}  in ${outputs} }`;
}
