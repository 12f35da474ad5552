/** Pictures that go with a question: of kinds that models take, and no larger than they need. */

// What models of all vendors take. Others that the browser can read become one of these.
const TAKEN = /^image\/(?:png|jpeg|gif|webp)$/;
// Bytes, and pixels of the longer side. Vendors make larger ones smaller themselves.
const MOST_BYTES = 3_500_000;
const LONGEST = 2048;
// Nobody's camera makes larger files; they would only fill the memory.
const MOST_READ = 100_000_000;

/** A picture as it is sent. Rejects, with a sentence for people, what is none or cannot be read. */
export async function prepared(file: File): Promise<File> {
  if (/svg/.test(file.type)) throw new Error("A drawing in SVG is no picture that models take. Save it as PNG.");
  if (file.size > MOST_READ) throw new Error("It is too large for a picture. Save a smaller one.");
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    throw new Error("This browser cannot read it as a picture. Save it as JPEG or PNG.");
  }
  const { width, height } = bitmap;
  try {
    if (TAKEN.test(file.type) && file.size <= MOST_BYTES && Math.max(width, height) <= LONGEST * 2) return file;
    return await smaller(file, bitmap, Math.min(1, LONGEST / Math.max(width, height)));
  } finally {
    bitmap.close();
  }
}

async function smaller(file: File, bitmap: ImageBitmap, scale: number): Promise<File> {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext("2d");
  if (!context) throw new Error("It is large, and this browser cannot make it smaller.");
  context.fillStyle = "white"; // JPEG knows no transparency
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.88));
  if (!blob) throw new Error("It is large, and this browser cannot make it smaller.");
  return new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" });
}

/** A file's bytes as base64. */
export function base64(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve((reader.result as string).replace(/^[^,]*,/, ""));
    reader.onerror = () => reject(new Error(`${file.name} cannot be read`));
    reader.readAsDataURL(file);
  });
}
