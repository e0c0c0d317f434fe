/** Fits the page's height to what the on-screen keyboard leaves: on iOS it covers the page instead. */

export function fitViewport() {
  const { visualViewport } = window;
  const fit = () => {
    // While zoomed in, the visible part is small for another reason than the keyboard.
    const height = visualViewport.scale === 1 ? `${visualViewport.height}px` : null;
    document.documentElement.style.setProperty("--visible-height", height);
    scrollTo(0, 0);
  };
  visualViewport?.addEventListener("resize", fit);
}
