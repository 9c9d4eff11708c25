/** JSON text laid out with a line for each member. Every token stays as it was written: nothing is parsed. */
const INDENT = "  ";

/** As many lines as `countLines` says. */
export function layOut(text: string): string[] {
  const lines: string[] = [];
  let line = "";
  let depth = 0;
  const next = () => {
    lines.push(line);
    line = INDENT.repeat(depth);
  };
  for (const token of text.match(TOKENS) ?? []) {
    const mark = token[0];
    if (mark === "{" || mark === "[") {
      line += mark;
      if (token.length > 1) {
        line += token.at(-1);
        continue;
      }
      depth++;
      next();
    } else if (mark === "}" || mark === "]") {
      depth--;
      next();
      line += mark;
    } else if (mark === ",") {
      line += mark;
      next();
    } else line += mark === ":" ? ": " : token;
  }
  lines.push(line);
  return lines;
}

/** Strings, empty objects and lists, brackets and separators, words and numbers. */
const TOKENS = /"(?:[^"\\]|\\.)*"|\{\s*\}|\[\s*\]|[{}[\],:]|[^\s{}[\],:"]+/g;
