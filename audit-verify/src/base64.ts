/** Base 64 in its one spelling: bytes that could be written two ways could be changed unnoticed. Runs in a page as well. */
export function base64(text: string): Uint8Array<ArrayBuffer> | null {
  let characters: string;
  try {
    characters = atob(text);
  } catch {
    return null;
  }
  // `atob` reads over white space, missing padding and stray bits; writing it again tells.
  return btoa(characters) === text ? Uint8Array.from(characters, (each) => each.charCodeAt(0)) : null;
}
