import { bitHandlers } from './bits.ts';
import { convolutionHandlers } from './convolution.ts';
import { factorizationHandlers } from './factorizations/index.ts';
import { fiberHandlers } from './fibers.ts';
import type { Handler } from './fuse.ts';
import { indexingHandlers } from './indexing.ts';
import { layoutHandlers } from './layout.ts';
import { fuseProduct } from './products.ts';
import { sortingHandlers } from './sorting.ts';
import { structured } from './structured.ts';

/** Kernels of operations that are more than a loop over elements, by primitive name. */
export const handlers: Record<string, Handler> = {
  ...structured,
  ...layoutHandlers,
  ...fiberHandlers,
  ...indexingHandlers,
  ...sortingHandlers,
  ...bitHandlers,
  ...convolutionHandlers,
  ...factorizationHandlers,
  dot_general: fuseProduct,
};

/** Gives an operation kernels of its own: from expressions of its operands, expressions of its results. */
export function registerOperation(primitive: string, handler: Handler): void {
  handlers[primitive] = handler;
}
