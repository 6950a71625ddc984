import { dark, declarations, light } from '../plot/palette.ts';

/** The report's style sheet: a book page, in both themes, for screen and print. */
export const styleSheet = `
:root { color-scheme: light dark; ${declarations(light)} --paper: #fffefb; --rule: #dcd8cf; --tint: #f5f2ea; }
@media (prefers-color-scheme: dark) {
  :root { ${declarations({ ...dark, background: '#17181a' })} --paper: #17181a; --rule: #3a3b3e; --tint: #202225; }
}
:root { --figure-background: var(--paper); }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--figure-text);
  font: 1.125rem/1.6 'Iowan Old Style', 'Palatino Linotype', Palatino, 'Book Antiqua', 'Source Serif 4', Georgia, serif;
  font-variant-numeric: oldstyle-nums; hanging-punctuation: first;
}
main { max-width: 44rem; margin: 0 auto; padding: 4rem 1.25rem 5rem; }
header { margin-bottom: 2.5rem; }
h1 { font-size: 2.1rem; line-height: 1.2; font-weight: 600; margin: 0 0 0.75rem; letter-spacing: -0.01em; text-wrap: balance; overflow-wrap: anywhere; }
h2 { font-size: 1.35rem; line-height: 1.3; font-weight: 600; margin: 3.25rem 0 0.75rem; }
h3 { font-size: 1.1rem; font-weight: 600; margin: 1.75rem 0 0.5rem; }
p { margin: 0 0 1rem; text-wrap: pretty; }
.lead { font-size: 1.25rem; line-height: 1.5; }
.quiet { color: var(--figure-muted); font-size: 1rem; }
.overline { color: var(--figure-muted); font-size: 1rem; margin: 0 0 0.5rem; font-style: italic; }
dl.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.2rem, 1fr)); gap: 1.25rem 1.5rem; margin: 2rem 0; padding: 1.25rem 0; border-block: 1px solid var(--rule); }
dl.figures div { display: flex; flex-direction: column-reverse; justify-content: flex-end; }
dl.figures dt { color: var(--figure-muted); font-size: 1rem; line-height: 1.3; }
dl.figures dd { margin: 0; font-size: 1.9rem; line-height: 1.25; font-variant-numeric: lining-nums tabular-nums; }
figure { margin: 1.5rem 0 0; }
figure svg { display: block; width: 100%; height: auto; overflow: visible; }
figure.square svg { max-width: 30rem; margin-inline: auto; }
figure .narrow { display: none; }
figcaption { margin-top: 0.75rem; color: var(--figure-muted); font-size: 1rem; line-height: 1.5; }
.curves { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 1.5rem; }
.curves figure { margin: 0; }
.curves figcaption { text-align: center; margin-top: 0; color: var(--figure-text); overflow-wrap: anywhere; }
.scroll { overflow-x: auto; margin-top: 2rem; }
.scroll:focus-visible { outline: 2px solid var(--figure-step); outline-offset: 3px; }
table.confusion td { background: color-mix(in srgb, var(--figure-loss) calc(22% * var(--strength, 0)), transparent); padding-right: 0.5rem; }
table.confusion th.number { padding-right: 0.5rem; }
table.confusion td.right { font-weight: 600; }
table { border-collapse: collapse; font-size: 1rem; font-variant-numeric: lining-nums tabular-nums; }
table.full { width: 100%; }
caption { text-align: start; color: var(--figure-muted); padding-bottom: 0.5rem; }
th, td { padding: 0.35rem 1rem 0.35rem 0; text-align: start; vertical-align: baseline; border-bottom: 1px solid var(--rule); }
th { font-weight: 600; }
td.number, th.number { text-align: end; padding-right: 0; padding-left: 1rem; white-space: nowrap; }
td.name, th.name { overflow-wrap: anywhere; }
table.settings th { font-weight: 400; color: var(--figure-muted); width: 12rem; }
details { margin-top: 1.25rem; }
summary { cursor: pointer; padding: 0.6rem 0; min-height: 44px; }
summary:focus-visible { outline: 2px solid var(--figure-step); outline-offset: 3px; }
pre { background: var(--tint); padding: 0.9rem 1.1rem; overflow-x: auto; font: 0.95rem/1.5 ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
footer { margin-top: 4rem; padding-top: 1rem; border-top: 1px solid var(--rule); color: var(--figure-muted); font-size: 1rem; }
@media (max-width: 40rem) {
  body { font-size: 1.0625rem; }
  main { padding-top: 2rem; }
  h1 { font-size: 1.65rem; }
  dl.figures { grid-template-columns: 1fr 1fr; }
  dl.figures dd { font-size: 1.6rem; }
  figure .wide { display: none; }
  figure .narrow { display: block; }
  table.settings th { width: 8.5rem; }
}
@media print {
  main { padding: 0; max-width: none; }
  h2 { break-after: avoid; }
  figure, tr { break-inside: avoid; }
}
`;
