// Loaded into the command before anything else, to disturb it at a chosen file of those it writes through the handles of
// node:fs/promises: DOWNHILL_TEST_WRITES=3 fills the disk after three files, DOWNHILL_TEST_SIGNAL=SIGKILL:3 sends a signal
// when half of the third file is written.
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

let left = Number(process.env.DOWNHILL_TEST_WRITES || Infinity);
const [signal, at] = process.env.DOWNHILL_TEST_SIGNAL?.split(':') ?? [];
let until = Number(at);

const { open, writeFile } = fs;
const refuse = () => {
  throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
};
fs.open = async (path, flags, ...rest) => {
  const handle = await open(path, flags, ...rest);
  if (flags !== 'w') return handle;
  const fits = left-- > 0;
  const disturbs = --until === 0;
  const { writeFile: write } = handle;
  handle.writeFile = async (data) => {
    if (!fits) refuse();
    if (!disturbs) return write.call(handle, data);
    const bytes = Buffer.from(data);
    const half = Math.floor(bytes.length / 2);
    await write.call(handle, bytes.subarray(0, half));
    process.kill(process.pid, signal);
    await write.call(handle, bytes.subarray(half));
  };
  return handle;
};
fs.writeFile = async (...given) => (left-- > 0 ? writeFile(...given) : refuse());
syncBuiltinESMExports();
