/** What is in the URL's query: plain strings, as an operator would write them; each page reads the names that it knows. */
export type Search = { [name: string]: string | undefined };

/** Between the values of a name that is given more than once: no value of ours has it, so such a one is refused by who reads it. */
export const SEVERAL = "\n";

export function parseSearch(text: string): Search {
  const given = new URLSearchParams(text);
  return Object.fromEntries([...given.keys()].map((name) => [name, given.getAll(name).join(SEVERAL)]));
}

export function writeSearch(search: Record<string, unknown>): string {
  const given = Object.entries(search).filter(([, value]) => value !== undefined);
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text && `?${text}`;
}

/** Values of fields, of which an empty one is none. */
export function filledIn(part: object): Search {
  return Object.fromEntries(Object.entries(part).map(([name, value]) => [name, value || undefined]));
}
