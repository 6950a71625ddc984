/**
 * The base of every error Downhill throws on purpose. `code` is stable and kebab-case, for programs; `message` is for
 * people and says what was wrong, where, and what to do about it.
 */
export class DownhillError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.name = new.target.name;
  }
}

/** Shapes that do not fit together, an axis out of range, a wrong number of elements. */
export class ShapeError extends DownhillError {
  constructor(message: string) {
    super('shape', message);
  }
}

/** An operation given a dtype it is not defined for. */
export class DtypeError extends DownhillError {
  constructor(message: string) {
    super('dtype', message);
  }
}

/** A value or an option that is not acceptable. */
export class ArgumentError extends DownhillError {
  constructor(message: string) {
    super('argument', message);
  }
}

/** More than there is room for: memory, addresses, loops inside loops. */
export class LimitError extends DownhillError {
  constructor(message: string, options?: ErrorOptions) {
    super('limit', message, options);
  }
}

/** A plain JavaScript operator met a tensor in code that was not transformed. */
export class OperatorError extends DownhillError {
  constructor(message: string) {
    super('operator', message);
  }
}

/** Transformed code asks of a tensor what no tensor can do: bits, identity in a switch, changing an element. */
export class UnsupportedError extends DownhillError {
  constructor(message: string) {
    super('unsupported', message);
  }
}

/** A tensor whose elements were donated to a jitted function is read, or donated again. */
export class DonatedError extends DownhillError {
  constructor(message: string) {
    super('donated', message);
  }
}

/** The value of a traced tensor was asked for where none exists. */
export class ConcretizationError extends DownhillError {
  /** What is being traced there: "vmap", "the body of scan". */
  readonly context: string | undefined;

  constructor(message: string, context?: string) {
    super('concretization', message);
    this.context = context;
  }
}

/** A jitted function took more paths through its branches and loops than are kept. */
export class PathsError extends DownhillError {
  constructor(message: string) {
    super('paths', message);
  }
}

/** A traced tensor was used after the function it belongs to had returned. */
export class LeakedTracerError extends DownhillError {
  constructor(message: string) {
    super('leaked-tracer', message);
  }
}

/** A derivative was asked for where the operation has none, or not in this mode. */
export class DifferentiationError extends DownhillError {
  constructor(message: string) {
    super('differentiation', message);
  }
}

/** A computed NaN, reported because `configure({ debugNaNs: true })` is on. */
export class NaNError extends DownhillError {
  constructor(message: string) {
    super('nan', message);
  }
}
