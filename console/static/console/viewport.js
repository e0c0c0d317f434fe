/** On iOS the on-screen keyboard covers the page instead of shrinking it; this makes room for it. */

export function fitViewport() {
  const { visualViewport } = window;
  const fit = () => {
    // Zoomed in, the visible part is small for another reason.
    const height = visualViewport.scale === 1 ? `${visualViewport.height}px` : null;
    document.documentElement.style.setProperty("--visible-height", height);
    scrollTo(0, 0);
  };
  visualViewport?.addEventListener("resize", fit);
}
