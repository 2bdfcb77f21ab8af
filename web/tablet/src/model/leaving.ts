// The moments in which a page may be about to go: what was typed goes to the core then.
export function onLeaving(flush: () => unknown): () => void {
  const onHide = () => {
    if (document.visibilityState === 'hidden') flush();
  };
  const onBlur = () => flush();
  document.addEventListener('visibilitychange', onHide);
  window.addEventListener('pagehide', onBlur);
  document.addEventListener('focusout', onBlur);
  return () => {
    document.removeEventListener('visibilitychange', onHide);
    window.removeEventListener('pagehide', onBlur);
    document.removeEventListener('focusout', onBlur);
  };
}
