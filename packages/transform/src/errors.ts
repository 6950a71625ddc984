import { DownhillError } from 'downhill/errors';

/** A place in a source file, lines from 1 and columns from 1. */
export interface Location {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export const showLocation = ({ file, line, column }: Location): string => `${file}:${line}:${column}`;

/** Source that cannot be transformed: what it is, where, and what to write instead. */
export class TransformError extends DownhillError {
  readonly location: Location | undefined;

  constructor(message: string, location: Location | undefined) {
    super('transform', location ? `${showLocation(location)}: ${message}` : message);
    this.location = location;
  }
}
