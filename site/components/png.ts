/** A card as a picture, made by this browser alone. */
import type { Card } from 'downhill/evidence';
import { sheetOf } from '../models/evidence/sheet.ts';
import { handOver } from './download.ts';
import { rasterize } from './rasterize.ts';

/** Saves the card and says so; or says why it could not. */
export async function saveAsPng(name: string, card: Card, title: string): Promise<string> {
  const { svg, width, height } = sheetOf(card, title);
  const blob = await rasterize(svg, width, height);
  if (!blob) return 'This browser could not make a picture of the card; save it as Markdown instead.';
  handOver(name, blob);
  return `${name} was saved.`;
}
