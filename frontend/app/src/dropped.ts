/** Files that were dropped or pasted, those in folders among them. */

// Of so many files at once nobody wants all by accident: a home folder, or the files of a program.
const MOST = 1000;

export interface Dropped {
  readonly files: readonly File[];
  /** How many files of folders were left out: hidden ones, and kinds that have no text. */
  readonly skipped: number;
}

/** All files of a drop. To be called while the event is told: what was dropped cannot be asked for afterwards. */
export async function filesOf(transfer: DataTransfer): Promise<Dropped> {
  const given = [...transfer.items].filter((item) => item.kind === "file");
  const entries = given.map((item) => item.webkitGetAsEntry());
  const plain = [...transfer.files];
  if (!entries.some((entry) => entry?.isDirectory)) return { files: plain, skipped: 0 };
  const files: File[] = [];
  let skipped = 0;
  const take = async (entry: FileSystemEntry, isNamed: boolean): Promise<void> => {
    if (files.length >= MOST || (!isNamed && (entry.name.startsWith(".") || entry.name === "node_modules"))) skipped++;
    else if (isDirectory(entry)) for (const inner of await entriesOf(entry)) await take(inner, false);
    else {
      const file = await fileOf(entry as FileSystemFileEntry);
      if (!isNamed && isWithoutText(file)) skipped++;
      else files.push(file);
    }
  };
  for (const entry of entries) if (entry) await take(entry, true);
  return { files, skipped };
}

/** Kinds of files that no parser finds text in. */
export function isWithoutText(file: File): boolean {
  return /^(?:image|audio|video|font)\//.test(file.type) || /\.(?:zip|gz|7z|rar|exe|dll|so|iso|dmg)$/i.test(file.name);
}

/** Pictures and other files, each in their order. */
export function sorted(files: Iterable<File>): { readonly pictures: File[]; readonly others: File[] } {
  const all = [...files];
  const pictures = all.filter(isPicture);
  return { pictures, others: all.filter((file) => !pictures.includes(file)) };
}

function isPicture(file: File): boolean {
  return file.type.startsWith("image/") || /\.(?:heic|heif)$/i.test(file.name);
}

function isDirectory(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}

async function entriesOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const found: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return found;
    found.push(...some);
  }
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}
