/** In which direction a text runs: its first letter tells. */

const LETTER = /\p{L}/u;
const FROM_RIGHT =
  /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u;

/** Whether a text runs from right to left; undefined where it has no letter. */
export function fromRight(text: string): boolean | undefined {
  const letter = LETTER.exec(text)?.[0];
  return letter === undefined ? undefined : FROM_RIGHT.test(letter);
}
