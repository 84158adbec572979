/** Markup that is safe as it stands: made only by `html`, which escapes whatever is not markup already. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = Markup | string | number | readonly Markup[];

/** A piece of HTML or SVG. What is put in is text, in elements and in quoted attributes, unless it was made by `html`. */
export function html(pieces: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  const rendered = pieces.map((piece, place) => {
    const part = parts[place];
    return part === undefined ? piece : `${piece}${render(part)}`;
  });
  return new Markup(rendered.join(''));
}

function render(part: Part): string {
  if (part instanceof Markup) return part.text;
  if (typeof part === 'string' || typeof part === 'number') return escapeText(String(part));
  return part.map(({ text }) => text).join('');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
// Characters that a page may not have, and those that turn the direction of what follows them.
const unwanted = /(?![\t\n\r])[\p{Cc}\p{Bidi_Control}\p{Noncharacter_Code_Point}]/gu;

/** Text of anybody's as text of a page. */
export function escapeText(text: string): string {
  return text.replace(unwanted, '\ufffd').replace(/[&<>"']/g, (character) => entities[character] ?? '');
}
