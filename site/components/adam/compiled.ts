/** Figures that run thousands of steps run them as WebAssembly: it is loaded with the first of them. */
import { installCompiler } from 'downhill/compile';

installCompiler();
