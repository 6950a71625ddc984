/** What can lie on a surface, flat or in three dimensions. */
export interface SpacePoint {
  readonly at: readonly [x: number, y: number, z: number];
  /** The quantity whose colour it has: `slope`, `step`, … */
  readonly quantity: string;
}

export interface SpacePath {
  readonly points: readonly (readonly [x: number, y: number, z: number])[];
  readonly quantity: string;
  /** A colour of its own, as CSS writes it, where several paths of one quantity are told apart. */
  readonly colour?: string;
}
