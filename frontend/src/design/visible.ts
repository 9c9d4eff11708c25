/** What others wrote, as it is shown: characters that draw nothing, or turn the order of what follows, as escapes that can be seen.
 *
 * Line feeds and tabs stay: they are layout. Joiners (U+200C, U+200D) and variation selectors stay, since scripts and pictures need
 * them. What is copied is never what is shown, so it stays exact.
 */
const UNSEEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e0fff}]/gu;

function escaped(unseen: string): string {
  const code = (unseen.codePointAt(0) ?? 0).toString(16);
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, "0")}`;
}

export function visible(text: string): string {
  return text.replace(UNSEEN, escaped);
}

const QUOTED_MAX = 80;

/** A value as a message quotes it; of a long one the beginning. */
export function quoted(value: string): string {
  return `"${visible(value.length > QUOTED_MAX ? `${value.slice(0, QUOTED_MAX)}…` : value)}"`;
}
