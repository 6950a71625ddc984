/** The programs that figures offer, run as the commands run lessons. */
import { type Ran, runPrograms } from '../../../packages/cli/dist/check/run.js';

const SECONDS = 600;
/** How long the first test of a file may wait for all of its programs. */
export const PATIENCE = 1000 * SECONDS;

/**
 * To be called once in a file: starting a process takes far longer than what these programs do, so one runs them all.
 * While tests are collected, `programs(…sources)` answers with a function that gives what each of them printed.
 */
export function collectPrograms(file: string): (...sources: string[]) => () => Promise<string[][]> {
  const all: string[] = [];
  let running: Promise<Ran[]> | undefined;
  return (...sources) => {
    const first = all.push(...sources) - sources.length;
    return async () => {
      running ??= runPrograms(file, all, SECONDS);
      return (await running).slice(first, first + sources.length).map(({ prints, error }) => {
        if (error) throw new Error(error.text);
        return prints.map(({ text }) => text);
      });
    };
  };
}
