// The moments in which a page may be about to go: what was typed goes to the core then.

type Flush = () => Promise<unknown> | undefined;
const flushes = new Set<Flush>();

// Ends when all that was typed is with the core, or could not be brought there.
export async function flushAll(): Promise<void> {
  await Promise.allSettled([...flushes].map((flush) => flush()));
}

export function onLeaving(flush: Flush): () => void {
  const onHide = () => {
    if (document.visibilityState === 'hidden') void flush();
  };
  const onBlur = () => void flush();
  flushes.add(flush);
  document.addEventListener('visibilitychange', onHide);
  window.addEventListener('pagehide', onBlur);
  document.addEventListener('focusout', onBlur);
  return () => {
    flushes.delete(flush);
    document.removeEventListener('visibilitychange', onHide);
    window.removeEventListener('pagehide', onBlur);
    document.removeEventListener('focusout', onBlur);
  };
}
