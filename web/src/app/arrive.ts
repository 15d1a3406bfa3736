import type { AnyRouter } from '@tanstack/react-router';

/** A screen that is still loading has no heading yet; it is waited for this long. */
const HEADING_MS_MAX = 3_000;

/**
 * Moves focus to the heading of a screen one has moved to, as loading a page would: a screen reader says where one is,
 * and the next Tab goes on from there. The first page is left alone, a change of filters in the address too, and a
 * screen that has put focus into a field of its own.
 */
export function focusHeadings(router: AnyRouter): void {
  router.subscribe('onRendered', ({ fromLocation, pathChanged }) => {
    if (fromLocation === undefined || !pathChanged) return;
    const deadline = performance.now() + HEADING_MS_MAX;
    const look = () => {
      if (document.activeElement?.matches('main input, main textarea, main select')) return;
      const heading = document.querySelector<HTMLElement>('main h1');
      if (heading !== null) {
        heading.tabIndex = -1;
        heading.focus({ preventScroll: true });
      } else if (performance.now() < deadline) requestAnimationFrame(look);
    };
    look();
  });
}
