// Panels that lie over the page: the top one alone can be reached, has the focus while it is there, and gives it back to where it came from.
interface Layer {
  readonly panel: HTMLElement;
  readonly cameFrom: Element | null;
}
const layers: Layer[] = [];

/** `focus` is what is read out first, inside the panel. `cameFrom`: what had the focus when it was asked for. */
export function openLayer(panel: HTMLElement, focus: HTMLElement, cameFrom: Element | null): void {
  layers.push({ panel, cameFrom });
  settle();
  focus.focus({ preventScroll: true });
}

export function closeLayer(panel: HTMLElement): void {
  const at = layers.findIndex((layer) => layer.panel === panel);
  if (at < 0) return;
  const [layer] = layers.splice(at, 1);
  settle();
  if (layer?.cameFrom instanceof HTMLElement && layer.cameFrom.isConnected) layer.cameFrom.focus({ preventScroll: true });
}

function settle(): void {
  const top = layers[layers.length - 1];
  const page = document.getElementById('app');
  if (page !== null) page.inert = top !== undefined;
  for (const layer of layers) layer.panel.inert = layer !== top;
}
