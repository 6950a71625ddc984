/** One colour, one meaning, in every picture. Values are CSS colours. */
export interface Palette {
  background: string;
  /** Axes, labels, and everything that has no meaning of its own. */
  text: string;
  muted: string;
  grid: string;
  /** The function itself. */
  function: string;
  /** Parameters, and the coefficients a model learns. */
  parameter: string;
  /** Derivatives and gradients: tangents. */
  derivative: string;
  loss: string;
  /** Steps, velocities, the path they make. */
  step: string;
  curvature: string;
}

export type ColourRole = keyof Palette;

/** For files, on white paper. Every colour but `grid` has a contrast of at least 4.5 to the background. */
export const light: Palette = {
  background: '#ffffff',
  text: '#1c1d20',
  muted: '#5c6068',
  grid: '#dfe1e5',
  function: '#1c1d20',
  parameter: '#1a7a3c',
  derivative: '#b04e00',
  loss: '#c0232c',
  step: '#1b5fc1',
  curvature: '#7a3fae',
};

/** The same meanings on a dark page, chosen for it rather than inverted. */
export const dark: Palette = {
  background: '#15171b',
  text: '#e9e7e2',
  muted: '#a5aab3',
  grid: '#33373f',
  function: '#e9e7e2',
  parameter: '#74cf8d',
  derivative: '#f2a457',
  loss: '#ff8b83',
  step: '#86b6ff',
  curvature: '#c8a3fb',
};

/** The custom property that stands for a role on a page with two themes. */
export const propertyOf = (role: ColourRole) => `--figure-${role}`;

const roles = Object.keys(light) as ColourRole[];

/** Colours as custom properties, so that one picture serves both themes of a page. */
export const themed: Palette = Object.fromEntries(roles.map((role) => [role, `var(${propertyOf(role)})`])) as Record<
  ColourRole,
  string
>;

/** Declarations of the custom properties for a theme, for a style sheet. */
export function declarations(palette: Palette): string {
  return roles.map((role) => `${propertyOf(role)}: ${palette[role]};`).join(' ');
}
