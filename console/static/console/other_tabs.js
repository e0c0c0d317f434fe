/** Keeps the list of conversations the same in all tabs and, a little later, on all devices. */

const RENEW_MS = 30_000;

export class OtherTabs {
  /** Calls `changed()` when another tab has changed the list, or it was not looked at for a while. */
  constructor(changed) {
    this.channel = new BroadcastChannel("ragws-conversations");
    this.channel.addEventListener("message", changed);
    const renew = () => document.hidden || changed();
    document.addEventListener("visibilitychange", renew);
    // Other devices do not tell.
    setInterval(renew, RENEW_MS);
  }

  tell() {
    this.channel.postMessage("changed");
  }
}
