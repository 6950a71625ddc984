/** Pixels of the file for a pixel of the drawing. */
const SCALE = 2;

/** An SVG drawn on a canvas, as PNG; `undefined` where the browser cannot. */
export async function rasterize(svg: string, width: number, height: number): Promise<Blob | undefined> {
  const image = new Image(width, height);
  const loaded = new Promise<boolean>((resolve) => {
    image.onload = () => resolve(true);
    image.onerror = () => resolve(false);
  });
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  if (!(await loaded)) return undefined;
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [width * SCALE, height * SCALE];
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  return blob ?? undefined;
}
