/** The worker in which a program of the playground runs: the engine, what shows things, and nothing else of the site. */
import * as downhill from 'downhill';
import * as calculus from 'downhill/calculus';
import * as data from 'downhill/data';
import * as distributions from 'downhill/distributions';
import * as formula from 'downhill/formula';
import * as linalg from 'downhill/linalg';
import * as metrics from 'downhill/metrics';
import * as nn from 'downhill/nn';
import * as ode from 'downhill/ode';
import * as operators from 'downhill/operators';
import * as optimize from 'downhill/optimize';
import { compile, Faulty } from './compile.ts';
import { drawing } from './drawing.ts';
import { type Fault, LIMITS, type Message, type Output } from './messages.ts';
import { showValue } from './show.ts';

const modules: Readonly<Record<string, object>> = {
  downhill,
  'downhill/calculus': calculus,
  'downhill/data': data,
  'downhill/distributions': distributions,
  'downhill/formula': formula,
  'downhill/linalg': linalg,
  'downhill/metrics': metrics,
  'downhill/nn': nn,
  'downhill/ode': ode,
  'downhill/operators': operators,
  'downhill/optimize': optimize,
};

/** What the page asks of the worker. */
export type Request = { readonly type: 'run' | 'check'; readonly code: string };

const post = (message: Message): void => self.postMessage(message);

/** Lines before the first of the program in the function that is made of it, as engines count them. */
let linesBefore = 2;

/** The place in the program where an error came from, if its stack tells. */
function placeIn(stack: string): { line: number; column: number } | undefined {
  const place = /(?:<anonymous>|Function|eval|program\.ts)[^\n:]*:(\d+):(\d+)/.exec(
    stack.split('\n').find((frame) => /<anonymous>:\d+:\d+|> (?:Async)?Function:|program\.ts:\d+/.test(frame)) ?? '',
  );
  if (place === null) return undefined;
  const line = Number(place[1]) - linesBefore;
  return line > 0 ? { line, column: Number(place[2]) } : undefined;
}

function faultOf(error: unknown): Fault {
  if (error instanceof Faulty) return error.fault;
  if (!(error instanceof Error)) return { message: `thrown: ${showValue(error)}` };
  const place = placeIn(error.stack ?? '');
  const name = error instanceof downhill.DownhillError ? '' : `${error.name}: `;
  return { message: `${name}${error.message}`, ...(place && { line: place.line }) };
}

const AsyncFunction = (async () => undefined).constructor as new (
  ...parts: string[]
) => (...args: unknown[]) => Promise<void>;

function importer(name: string, line: number): object {
  const found = Object.hasOwn(modules, name) ? modules[name] : undefined;
  if (found !== undefined) return found;
  throw new Faulty({
    message: `there is no module "${name}" here; there are ${Object.keys(modules).join(', ')}`,
    line,
  });
}

async function run(code: string): Promise<void> {
  let sent = 0;
  const send = (output: Output): void => {
    if (sent === LIMITS.outputs)
      post({ type: 'output', output: { kind: 'text', text: '… and more, which is not shown', line: 0 } });
    if (sent++ < LIMITS.outputs) post({ type: 'output', output });
  };
  const print = (...values: unknown[]): void => {
    const { line = 0 } = placeIn(new Error().stack ?? '') ?? {};
    const text = values.map((value) => showValue(value)).join(' ');
    send({ kind: 'text', text: text.slice(0, LIMITS.text), line });
  };
  Object.assign(console, { log: print, info: print, warn: print, error: print, debug: print });
  const tools = drawing(send);
  Object.assign(console, { table: tools.table });
  const show = (value: unknown): unknown => {
    if (value !== undefined) print(value);
    return value;
  };
  const { body } = compile(code);
  const program = new AsyncFunction('$import', '$show', 'show', ...Object.keys(tools), body);
  await program(importer, show, show, ...Object.values(tools));
}

/** Finds how many lines this engine puts before the body of a function it is given as text. */
function calibrate(): void {
  linesBefore = 0;
  try {
    new Function('throw new Error()')();
  } catch (error) {
    linesBefore = (placeIn((error as Error).stack ?? '')?.line ?? 3) - 1;
  }
}

self.onmessage = async ({ data: request }: MessageEvent<Request>) => {
  const start = performance.now();
  const finish = (fault?: Fault): void =>
    post({ type: 'done', milliseconds: performance.now() - start, ...(fault && { fault }) });
  try {
    if (request.type === 'check') compile(request.code);
    else await run(request.code);
    finish();
  } catch (error) {
    finish(faultOf(error));
  }
};

calibrate();
const shown = ['plot', 'lossCurve', 'contour', 'surface', 'table', 'tex', 'graph', 'show'];
const names = Object.entries(modules)
  .filter(([name]) => name !== 'downhill/operators')
  .flatMap(([name, module]) => Object.keys(module).map((key) => `${name}#${key}`));
post({ type: 'ready', names: [...shown.map((name) => `#${name}`), ...names] });
