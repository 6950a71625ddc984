/** A card as a picture: its SVG drawn on a canvas, by this browser alone. */
import type { Card } from 'downhill/evidence';
import { sheetOf } from '../models/evidence/sheet.ts';
import { handOver } from './download.ts';

/** Pixels of the file for a pixel of the sheet. */
const SCALE = 2;

/** Saves the card and says so; or says why it could not. */
export async function saveAsPng(name: string, card: Card, title: string): Promise<string> {
  const { svg, width, height } = sheetOf(card, title);
  const image = new Image(width, height);
  const loaded = new Promise<boolean>((resolve) => {
    image.onload = () => resolve(true);
    image.onerror = () => resolve(false);
  });
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  if (!(await loaded)) return 'This browser could not draw the card; save it as Markdown instead.';
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [width * SCALE, height * SCALE];
  const context = canvas.getContext('2d');
  context?.drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  if (!blob) return 'This browser could not make a picture of the card; save it as Markdown instead.';
  handOver(name, blob);
  return `${name} was saved.`;
}
