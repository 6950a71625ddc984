import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { CommandAction } from '../definition.ts';
import { InputError } from '../errors.ts';
import { numberOption } from '../input/number.ts';
import { serveFolder } from '../lab/serve.ts';
import { toJson } from '../output/json.ts';

export interface LabCommandOptions {
  port?: string;
}

const DEFAULT_PORT = 4173;

/** Where the built Lab lies: beside this package when it was published, in the site's folder of a checkout. */
const places = ['../../lab', '../../../../site/.vitepress/dist'].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
);

/** Serves the Lab to this machine until it is interrupted. */
export const lab: CommandAction<LabCommandOptions, string[]> = async (_none, options, { terminal, json }) => {
  const port =
    options.port === undefined
      ? DEFAULT_PORT
      : numberOption('--port', options.port, { min: 0, max: 65535, integer: true });
  const folder = places.find((place) => existsSync(`${place}/index.html`));
  if (folder === undefined) {
    throw new InputError('lab-not-built', 'the Lab has not been built; in a checkout, npm start builds and serves it');
  }
  const { url, close } = await serveFolder(folder, { port, exact: options.port !== undefined });
  if (json) terminal.out(toJson({ url }));
  else terminal.out(`The Lab is at ${terminal.style.bold(url)}\nPress Ctrl-C to stop.\n`);
  await new Promise<void>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done());
  });
  await close();
  return 0;
};
