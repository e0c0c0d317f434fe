/** The sidebar as a drawer: on narrow screens it is hidden until it is opened. */

import { find } from "./dom.js";

const narrow = matchMedia("(max-width: 820px)");

export class Drawer {
  constructor() {
    this.element = find("sidebar");
    this.main = find("conversation");
    this.opener = find("open-sidebar");
    this.opener.addEventListener("click", () => this.open());
    find("close-sidebar").addEventListener("click", () => this.close());
    find("backdrop").addEventListener("click", () => this.close());
    narrow.addEventListener("change", () => this.set(false));
    this.set(false);
  }

  open() {
    this.set(true);
    find("close-sidebar").focus();
  }

  close() {
    if (!this.isOpen) return;
    this.set(false);
    this.opener.focus();
  }

  /** `inert` keeps the keyboard out of the part that is hidden or covered. */
  set(open) {
    this.isOpen = open && narrow.matches;
    document.body.classList.toggle("with-drawer", this.isOpen);
    this.opener.setAttribute("aria-expanded", String(this.isOpen));
    this.element.inert = narrow.matches && !this.isOpen;
    this.main.inert = this.isOpen;
  }
}
