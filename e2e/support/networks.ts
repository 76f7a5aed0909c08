/** Lets tests move a page to another kind of network, as from Wi-Fi to mobile, and see what it makes of it. */

declare global {
  interface Window {
    /** Tells the page that it is on a network of another kind; added by the tests. */
    tincanMove?: (kind: string) => void;
  }
}

/** Runs in a page before its own scripts: gives it a network of which it is told, which few computers have. */
export function moveable(): void {
  let now = "wifi";
  const network = new EventTarget();
  Object.defineProperty(network, "type", { get: () => now });
  Object.defineProperty(navigator, "connection", { configurable: true, value: network });
  window.tincanMove = (kind) => {
    now = kind;
    network.dispatchEvent(new Event("change"));
  };
}

/** Runs in a page: by what the others know each of its paths, which is anew for each time that ICE begins. */
export function fragments(): string[] {
  const open = (window.tincanConnections ?? []).filter(({ connectionState }) => connectionState === "connected");
  return open.map(({ localDescription }) => /a=ice-ufrag:(\S+)/.exec(localDescription?.sdp ?? "")?.[1] ?? "");
}
