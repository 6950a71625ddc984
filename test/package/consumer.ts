import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, repository } from '../../packages/cli/test/command.ts';

export interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder somewhere else in which the packages are installed as they would be from the registry. */
export class Consumer {
  readonly folder = mkdtempSync(join(tmpdir(), 'downhill-consumer-'));

  /** Builds the packages, packs those named and unpacks them; `linked` packages come from the repository. */
  static async create(packages: readonly string[], linked: readonly string[] = []): Promise<Consumer> {
    await build();
    const consumer = new Consumer();
    for (const name of packages) {
      const folder = join(consumer.folder, 'node_modules', name);
      mkdirSync(folder, { recursive: true });
      const from = join(repository, 'packages', name.replace(/^downhill-/, ''));
      const options = { cwd: from, encoding: 'utf8', shell: process.platform === 'win32' } as const;
      const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', consumer.folder];
      const [{ filename }] = JSON.parse(execFileSync('npm', args, { ...options, stdio: ['ignore', 'pipe', 'ignore'] }));
      execFileSync('tar', ['-xzf', filename, '-C', folder, '--strip-components=1'], { cwd: consumer.folder });
    }
    for (const name of linked) consumer.link(name);
    consumer.write('package.json', '{ "type": "module" }');
    return consumer;
  }

  /** Makes a package of the repository available, as an installation would. */
  link(name: string): void {
    const place = join(this.folder, 'node_modules', name);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(join(repository, 'node_modules', name), place, 'junction');
  }

  write(file: string, text: string): string {
    const path = join(this.folder, file);
    writeFileSync(path, text);
    return path;
  }

  /** Writes the program and runs it in a process of its own. */
  run(program: string, options: readonly string[] = [], file = 'program.js'): Run {
    this.write(file, program);
    return this.node([...options, file]);
  }

  node(args: readonly string[]): Run {
    const { NODE_OPTIONS: _, ...env } = process.env;
    return spawnSync(process.execPath, args, { cwd: this.folder, encoding: 'utf8', env, timeout: 280_000 });
  }

  /** Type-checks a file under a module resolution; the compiler's messages, empty when it holds. */
  check(file: string, moduleResolution: 'nodenext' | 'bundler'): string {
    const compiler = join(repository, 'node_modules/typescript/bin/tsc');
    const module = moduleResolution === 'nodenext' ? 'nodenext' : 'esnext';
    const flags = ['--noEmit', '--strict', '--target', 'es2023', '--module', module, '--skipLibCheck', 'false'];
    return this.node([compiler, ...flags, '--types', '', '--moduleResolution', moduleResolution, file]).stdout;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export const manifest = fileURLToPath(new URL('../../packages/downhill/package.json', import.meta.url));
