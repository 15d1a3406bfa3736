/** Base 64 in its one spelling: bytes that could be written two ways could be changed unnoticed. */
export function base64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : null;
}
