/** Browsers refuse canvases beyond this many pixels on a side. */
const SIDE_MAX = 16_000;
const SCALE = 2;

/** A picture of dots from one of lines, drawn by the browser itself, twice as fine as on the screen. */
export async function svgToPng(svg: string): Promise<Blob> {
  const url = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const scale = Math.min(SCALE, SIDE_MAX / image.width, SIDE_MAX / image.height);
    const canvas = document.createElement('canvas');
    canvas.width = Math.round(image.width * scale);
    canvas.height = Math.round(image.height * scale);
    canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
    const png = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/png'));
    if (png === null) throw new Error('the browser drew nothing');
    return png;
  } finally {
    URL.revokeObjectURL(url);
  }
}
