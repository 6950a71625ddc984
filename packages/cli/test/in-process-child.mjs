// Runs the command lines that come as messages, one after another, as the binary runs them; started by in-process.ts.
import { Readable } from 'node:stream';
import { run } from '../dist/node/main.js';

const same = (text) => text;
const style = { bold: same, dim: same, red: same, green: same, orange: same, blue: same };

process.on('message', async ({ args, input }) => {
  let [stdout, stderr] = ['', ''];
  Object.defineProperty(process, 'stdin', { value: Readable.from([Buffer.from(input)]), configurable: true });
  const code = await run(args, {
    out: (text) => {
      stdout += text;
    },
    err: (text) => {
      stderr += text;
    },
    outIsTty: false,
    errIsTty: false,
    width: 80,
    style,
  });
  process.send({ code, stdout, stderr });
});
process.on('disconnect', () => process.exit());
