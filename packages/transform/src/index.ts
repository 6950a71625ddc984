export { type Location, TransformError } from './errors.ts';
export {
  mayBeMarked,
  type Transformed,
  type TransformOptions,
  transform,
} from './transform.ts';
