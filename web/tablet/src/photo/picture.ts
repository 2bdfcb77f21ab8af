// From what the camera gives to what is kept: the picture as evidence, and a small one with unit, time and team drawn on it.
//
// Only the small picture is drawn on. The evidence itself is the camera's file, or, to spare the link, the same picture made smaller, and
// nothing is drawn into that.

export type PhotoSize = 'small' | 'original';

export const EVIDENCE_EDGE = 1600;
const EVIDENCE_KEEP_BYTES = 600 * 1024;
const THUMBNAIL_EDGE = 480;
// The core takes 256 KiB.
const THUMBNAIL_BYTES_MAX = 200 * 1024;

export interface Mark {
  unit: string;
  when: string;
  team: string;
}

export interface Picture {
  file: Blob;
  mediaType: string;
  thumbnail: Uint8Array;
}

async function bytesOf(blob: Blob): Promise<Uint8Array> {
  return new Uint8Array(await blob.arrayBuffer());
}

function drawn(picture: ImageBitmap, edge: number): HTMLCanvasElement {
  const ratio = Math.min(1, edge / Math.max(picture.width, picture.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(picture.width * ratio));
  canvas.height = Math.max(1, Math.round(picture.height * ratio));
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('canvas');
  context.imageSmoothingQuality = 'high';
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas;
}

function jpeg(canvas: HTMLCanvasElement, quality: number): Promise<Blob> {
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob === null ? reject(new Error('canvas')) : resolve(blob)), 'image/jpeg', quality);
  });
}

export function drawMark(canvas: HTMLCanvasElement, mark: Mark): void {
  const context = canvas.getContext('2d');
  if (context === null) return;
  const size = Math.max(12, Math.round(canvas.width / 24));
  const lines = [mark.unit, `${mark.when}  ${mark.team}`];
  context.font = `600 ${size}px system-ui, sans-serif`;
  const height = lines.length * size * 1.4 + size * 0.6;
  context.fillStyle = 'rgba(0, 0, 0, 0.62)';
  context.fillRect(0, canvas.height - height, canvas.width, height);
  context.fillStyle = '#ffffff';
  context.textBaseline = 'top';
  lines.forEach((line, index) => context.fillText(line, size * 0.5, canvas.height - height + size * (0.4 + index * 1.4), canvas.width - size));
}

export async function preparePicture(file: Blob, mark: Mark, wanted: PhotoSize): Promise<Picture> {
  const picture = await createImageBitmap(file, { imageOrientation: 'from-image' });
  try {
    const small = drawn(picture, THUMBNAIL_EDGE);
    drawMark(small, mark);
    let thumbnail = await jpeg(small, 0.72);
    if (thumbnail.size > THUMBNAIL_BYTES_MAX) thumbnail = await jpeg(small, 0.5);
    const asIs = wanted === 'original' || (file.type === 'image/jpeg' && file.size <= EVIDENCE_KEEP_BYTES);
    const kept = asIs ? file : await jpeg(drawn(picture, EVIDENCE_EDGE), 0.82);
    return { file: kept, mediaType: kept.type || 'image/jpeg', thumbnail: await bytesOf(thumbnail) };
  } finally {
    picture.close();
  }
}
