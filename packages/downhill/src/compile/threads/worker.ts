import { bell } from './words.ts';

/** Looks at the bell so often before sleeping: a tenth of a millisecond, more than the time between two steps of a small loop. */
const looks = 5000;

/**
 * What a thread runs, as text, so that it needs no file of its own and survives every bundler. Messages bring modules;
 * the bell says which of them has work. While a message is under way the thread goes back to receive it.
 */
export const workerSource = `'use strict';
const port = typeof self === 'object' && typeof self.postMessage === 'function' ? self : require('node:worker_threads').parentPort;
const programs = new Map();
let received = 0;
let rung = 0;
let bell, busy, thread;
function enlist({ id, module, memory, failed, active }) {
  const instance = new WebAssembly.Instance(module, { host: { memory, evaluate() {}, mark() {} } });
  programs.set(id, { serve: instance.exports.serve, words: new Int32Array(memory.buffer), failed, active });
}
function serve(program) {
  try {
    program.serve(thread);
  } catch (error) {
    const [, index = 0, offset = '0'] = /^.*wasm-function\\[(\\d+)\\](?::0x([0-9a-f]+))?/m.exec(error.stack ?? '') ?? [];
    Atomics.store(program.words, program.failed + 1, parseInt(offset, 16));
    Atomics.store(program.words, program.failed, 1 + Number(index));
    Atomics.sub(program.words, program.active, 1);
    Atomics.notify(program.words, program.active);
  }
}
function work() {
  while (Atomics.load(bell, ${bell.posted}) === received) {
    for (let i = 0; i < ${looks} && Atomics.load(bell, ${bell.ring}) === rung; i++);
    const now = Atomics.load(bell, ${bell.ring});
    if (now === rung) {
      Atomics.add(bell, ${bell.sleepers}, 1);
      Atomics.wait(bell, ${bell.ring}, rung);
      Atomics.sub(bell, ${bell.sleepers}, 1);
    } else {
      rung = now;
      const id = Atomics.load(bell, ${bell.program});
      const program = programs.get(id);
      if (program) {
        // said first and asked again after: who takes the module's memory away does it the other way round
        Atomics.store(bell, busy, id);
        if (Atomics.load(bell, ${bell.program}) === id) serve(program);
        Atomics.store(bell, busy, 0);
        Atomics.notify(bell, busy);
      }
    }
  }
}
port.onmessage = ({ data }) => {
  if (data.bell) {
    ({ bell, thread } = data);
    busy = ${bell.busy} + thread - 1;
    received = data.posted;
    Atomics.store(bell, ${bell.started} + thread - 1, 1);
    Atomics.add(bell, ${bell.ready}, 1);
  } else {
    received = (received + 1) | 0;
    if (data.module) enlist(data);
    else programs.delete(data.release);
  }
  work();
};
`;
