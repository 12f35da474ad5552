/** Copying a text. */

/** Copy a text; also where the page has no clipboard, as when it was not served over https, nor by this machine. */
export async function copyText(text: string): Promise<void> {
  if ("clipboard" in navigator) {
    const written = await navigator.clipboard.writeText(text).then(
      () => true,
      () => false, // it was not allowed
    );
    if (written) return;
  }
  const copy = (event: ClipboardEvent): void => {
    event.clipboardData?.setData("text/plain", text);
    event.preventDefault();
    event.stopPropagation();
  };
  document.addEventListener("copy", copy, { capture: true, once: true });
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- there is no other way without a clipboard
  document.execCommand("copy");
  document.removeEventListener("copy", copy, { capture: true });
}
