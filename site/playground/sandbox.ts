/**
 * Runs programs of strangers beside the page: in a worker inside a frame that has an origin of its own (so no storage of
 * the site), no network (by its policy), and no way to the page but messages, which are read with care.
 */
import engineUrl from './engine.ts?worker&url';
import { type Fault, type Message, type Output, readMessage } from './messages.ts';
import sandboxPage from './sandbox.html?raw';

export interface RunOptions {
  readonly onOutput: (output: Output) => void;
  /** Ends a program that takes longer. */
  readonly seconds?: number;
}

export interface RunResult {
  readonly fault?: Fault;
  readonly milliseconds: number;
}

export const DEFAULT_SECONDS = 10;

/** The text of the worker's program, fetched once: a frame without the site's origin could not fetch it itself. */
let engine: Promise<string> | undefined;
const fetchEngine = (): Promise<string> => {
  engine ??= fetch(engineUrl).then((answer) => {
    if (!answer.ok) throw new Error(`the engine of the playground could not be loaded (${answer.status})`);
    return answer.text();
  });
  engine.catch(() => {
    engine = undefined;
  });
  return engine;
};

/** One frame with one worker; it serves one run, and is replaced when a program has to be ended. */
export class Sandbox {
  #frame: HTMLIFrameElement | undefined;
  #ready: Promise<readonly string[]> | undefined;
  #listener: ((event: MessageEvent) => void) | undefined;
  #onMessage: (message: Message) => void = () => undefined;
  #stop: ((fault: Fault) => void) | undefined;

  /** Loads the frame and its engine, unless they are there; answers with the names a program can use, as `module#name`. */
  prepare(): Promise<readonly string[]> {
    this.#ready ??= this.#start();
    return this.#ready;
  }

  async #start(): Promise<readonly string[]> {
    const source = await fetchEngine();
    const frame = document.createElement('iframe');
    frame.setAttribute('sandbox', 'allow-scripts');
    frame.setAttribute('aria-hidden', 'true');
    frame.tabIndex = -1;
    frame.title = 'Sandbox of the playground';
    frame.style.display = 'none';
    // As text and not from an address: no service worker answers for a frame without the site's origin, so an address
    // would need the network.
    frame.srcdoc = sandboxPage;
    this.#frame = frame;
    return new Promise((resolve, reject) => {
      this.#listener = ({ source: from, data }) => {
        if (from === null || from !== frame.contentWindow) return;
        if ((data as { type?: unknown } | null)?.type === 'loaded') this.#post({ type: 'start', engine: source });
        const message = readMessage(data);
        if (message?.type === 'ready') resolve(message.names);
        else if (message !== undefined) this.#onMessage(message);
      };
      window.addEventListener('message', this.#listener);
      frame.onerror = () => reject(new Error('the sandbox of the playground could not be loaded'));
      document.body.append(frame);
    });
  }

  #post(message: object): void {
    // The frame's origin is opaque, so no narrower target can be named; only the engine and the program go there.
    this.#frame?.contentWindow?.postMessage(message, '*');
  }

  /** Runs a program to its end, or ends it; never rejects for anything the program does. */
  async run(code: string, { onOutput, seconds = DEFAULT_SECONDS }: RunOptions): Promise<RunResult> {
    return this.#ask('run', code, seconds, onOutput);
  }

  /** Compiles a program without running it. */
  async check(code: string): Promise<RunResult> {
    return this.#ask('check', code, DEFAULT_SECONDS, () => undefined);
  }

  async #ask(type: 'run' | 'check', code: string, seconds: number, onOutput: (o: Output) => void): Promise<RunResult> {
    this.stop();
    await this.prepare();
    const start = performance.now();
    return new Promise((resolve) => {
      const finish = (result: RunResult): void => {
        clearTimeout(timer);
        this.#stop = undefined;
        this.#onMessage = () => undefined;
        resolve(result);
      };
      const end = (fault: Fault): void => {
        // A loop hears no message: the frame goes, and its worker with it.
        this.close();
        finish({ fault, milliseconds: performance.now() - start });
      };
      const timer = setTimeout(
        () => end({ message: `stopped after ${seconds} seconds: the program had not ended` }),
        seconds * 1000,
      );
      this.#stop = end;
      this.#onMessage = (message) => {
        if (message.type === 'output') onOutput(message.output);
        if (message.type !== 'done') return;
        const { fault, milliseconds } = message;
        // What a program left running (a timer, a promise) must not reach the next one.
        if (type === 'run') this.close();
        finish(fault === undefined ? { milliseconds } : { milliseconds, fault });
      };
      this.#post({ type, code });
    });
  }

  /** Ends the program that is running, if one is. */
  stop(message = 'stopped'): void {
    this.#stop?.({ message });
  }

  /** Removes the frame; the next run makes another. */
  close(): void {
    if (this.#listener) window.removeEventListener('message', this.#listener);
    this.#frame?.remove();
    this.#frame = undefined;
    this.#ready = undefined;
    this.#listener = undefined;
  }
}
