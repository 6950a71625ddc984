const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text that is safe between tags and inside quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] as string);
}

/** Markup that is already safe; what {@link html} puts in unescaped. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = string | number | Markup | readonly Part[] | undefined;

/** Template tag: every value is escaped unless it is {@link Markup} (or a list of it); undefined gives nothing. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Markup {
  const shown = (part: Part): string => {
    if (part === undefined) return '';
    if (part instanceof Markup) return part.text;
    if (Array.isArray(part)) return part.map(shown).join('');
    return escapeHtml(String(part));
  };
  return new Markup(strings.reduce((text, string, i) => text + shown(parts[i - 1]) + string));
}
