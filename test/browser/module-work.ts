// What a page imports as the library, in a file of its own as a content delivery network would serve it.
export * from '../../packages/downhill/src/compile/index.ts';
export * from '../../packages/downhill/src/index.ts';
