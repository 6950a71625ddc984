// Loaded into the command before anything else: after so many files that were written, and until the command ends, the disk
// is full. Files are those written through the handles of node:fs/promises.
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

let left = Number(process.env.DOWNHILL_TEST_WRITES);
const { open, writeFile } = fs;
const refuse = () => {
  throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
};
fs.open = async (path, flags, ...rest) => {
  const handle = await open(path, flags, ...rest);
  if (flags !== 'w' || left-- > 0) return handle;
  handle.writeFile = async () => refuse();
  return handle;
};
fs.writeFile = async (...given) => (left-- > 0 ? writeFile(...given) : refuse());
syncBuiltinESMExports();
