/** What removes types in a browser, in the place of the larger compiler that does it in Node. */
import { transform } from 'sucrase';

interface Options {
  readonly filename?: string;
}

/** TypeScript without its types; lines stay where they were. Errors carry their place as the other compiler's do. */
export function transformSync(source: string, _options: Options): { code: string } {
  try {
    return {
      code: transform(source, { transforms: ['typescript'], disableESTransforms: true, keepUnusedImports: true }).code,
    };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const place = /\((\d+):(\d+)\)$/.exec(message);
    throw Object.assign(new Error(message.replace(/^Error transforming [^:]*: /, '').replace(/ \(\d+:\d+\)$/, '')), {
      startLine: Number(place?.[1] ?? 1),
      startColumn: Number(place?.[2] ?? 1) - 1,
    });
  }
}
