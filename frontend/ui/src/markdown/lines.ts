/** What a line of Markdown begins, by its first characters: `bare` is a line without the white space before it. */

/** Characters of a line that is held until it tells what it begins. */
export const LONGEST = 400;

const DEFINITION =
  /^\[(?!\^)((?:\\.|[^\\[\]]){1,300})\]:[ \t]*(?:<([^<>]*)>|(\S+))(?:[ \t]+(?:"[^"]*"|'[^']*'|\([^()]*\)))?[ \t]*$/;

/** An item: its mark ("-", or a number with "." or ")"), and the spaces before its text. */
export interface ItemMark {
  raw: string;
  bullet: string | undefined;
  number: string;
  /** "-", "*", "+", "." or ")". */
  mark: string;
  spaces: string;
}

export function itemMark(bare: string): ItemMark | null {
  const found = /^(?:([-+*])|(\d{1,9})([.)]))(?:( +|\t)(?=\S)|[ \t]*$)/.exec(bare);
  if (!found) return null;
  const [raw, bullet, number = "", after = "-", spaces = ""] = found;
  return { raw, bullet, number, mark: bullet ?? after, spaces };
}

/** The marks of a heading with the white space after them, or null. */
export function headingMark(bare: string): { raw: string; level: number } | null {
  const found = /^(#{1,6})(?:[ \t]+(?=\S)|[ \t]*$)/.exec(bare);
  return found && { raw: found[0], level: found[1]?.length ?? 1 };
}

/** What begins a block of code: its fence and what stands after that. The whole line has to be there. */
export function fenceMark(bare: string): { fence: string; info: string } | null {
  const found = /^(?:(`{3,})([^`]*)|(~{3,})(.*))$/.exec(bare);
  return found && { fence: found[1] ?? found[3] ?? "", info: found[2] ?? found[4] ?? "" };
}

export function isRule(bare: string): boolean {
  return /^([-*_])(?:[ \t]*\1){2,}[ \t]*$/.test(bare);
}

/** The level of the heading that a whole line makes of the paragraph above it, or 0. */
export function underline(bare: string): number {
  return /^=+[ \t]*$/.test(bare) ? 1 : /^-+[ \t]*$/.test(bare) ? 2 : 0;
}

/** What a whole line says of where references with a label lead: `[label]: https://…`. */
export function definition(bare: string): { label: string; url: string } | null {
  const found = DEFINITION.exec(bare);
  return found && { label: found[1] ?? "", url: found[2] ?? found[3] ?? "" };
}

/** Whether a line may still become a definition. */
export function mayDefine(bare: string): boolean {
  return /^\[(?!\^)(?:(?:\\.|[^\\[\]])*\\?|(?:\\.|[^\\[\]])+\](?::.*)?)$/.test(bare);
}

/** Whether a line has nothing but what aligns the columns of a table. */
export function mayAlign(bare: string): boolean {
  return /^[|:\- \t]+$/.test(bare);
}

/** Whether more of a line would tell what block it begins. `inText`: a paragraph may go on with it. */
export function undecided(bare: string, inText: boolean): boolean {
  if (bare.length > LONGEST) return false;
  if (!bare) return true;
  return (
    /^#{1,6}[ \t]*$|^`{1,2}$|^`{3,}[^`]*$|^~{1,2}$|^~{3,}.*$|^\$$|^\\$|^>$/.test(bare) ||
    /^([-*_])(?:[ \t]*\1)*[ \t]*$|^\+[ \t]*$|^\d{1,9}[.)]?[ \t]*$/.test(bare) ||
    (inText ? /^=+[ \t]*$/.test(bare) : mayDefine(bare)) ||
    /^(?:[-+*]|\d{1,9}[.)]) +\[(?:[ xX](?:\](?:\s*))?)?$/.test(bare) ||
    /^(?:[-+*]|\d{1,9}[.)]) +(?:[-*_`#>$\\~+]{1,3}|\d{1,9}[.)]?) *$/.test(bare)
  );
}

/** Columns of the white space that a line begins with. */
export function indentOf(line: string): number {
  let columns = 0;
  for (const char of line) {
    if (char === "\t") columns += 4 - (columns % 4);
    else if (char === " ") columns++;
    else break;
  }
  return columns;
}

/** Take up to so many columns of white space from the beginning of a line. */
export function outdent(line: string, columns: number): string {
  let at = 0;
  let had = 0;
  while (had < columns && (line[at] === " " || line[at] === "\t")) had += line[at++] === "\t" ? 4 : 1;
  return line.slice(at);
}
