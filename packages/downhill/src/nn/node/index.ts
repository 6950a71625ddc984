// For Node only: the one folder of the library that touches files, the terminal and the process.
export { fileStorage } from './files.ts';
export { type Interrupt, interruptSignal } from './interrupt.ts';
export { type ProgressOptions, type ProgressStream, terminalProgress } from './progress.ts';
export { type TerminalTrainOptions, trainInTerminal } from './terminal.ts';
