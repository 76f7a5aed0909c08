/** Lets tests look into the page's peer connections, without a hook in the page itself. */
import type { Page } from "@playwright/test";

declare global {
  interface Window {
    /** Every peer connection the page has made, in order; added by the tests. */
    tincanConnections?: RTCPeerConnection[];
    /** How often any of them asked for a negotiation or went through a step of one. */
    tincanNegotiations?: number;
  }
}

/** Runs in a page before its own scripts: keeps each RTCPeerConnection it makes. */
export function recordConnections(): void {
  const connections: RTCPeerConnection[] = [];
  window.tincanConnections = connections;
  window.tincanNegotiations = 0;
  const count = (): void => {
    window.tincanNegotiations = (window.tincanNegotiations ?? 0) + 1;
  };
  window.RTCPeerConnection = class extends window.RTCPeerConnection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      connections.push(this);
      this.addEventListener("negotiationneeded", count);
      this.addEventListener("signalingstatechange", count);
    }
  };
}

/** How often the page's connections negotiated so far. */
export async function negotiations(page: Page): Promise<number> {
  return page.evaluate(() => window.tincanNegotiations ?? NaN);
}

/** How many connections are not closed. Those that are, the tests let go of as well. */
export async function openConnections(page: Page): Promise<number> {
  return page.evaluate(() => {
    const all = window.tincanConnections ?? [];
    const open = all.filter(({ connectionState }) => connectionState !== "closed");
    all.splice(0, all.length, ...open);
    return open.length;
  });
}

/** In which state each connection is and what goes over it, for when something is wrong. */
export async function connectionsInWords(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const describe = async (connection: RTCPeerConnection): Promise<string> => {
      const { connectionState, iceConnectionState, signalingState } = connection;
      const flows: string[] = [];
      for (const entry of (await connection.getStats()).values()) {
        if (entry.kind !== "video") continue;
        if (entry.type === "inbound-rtp") flows.push(`decoded ${entry.framesDecoded} of ${entry.framesReceived}`);
        if (entry.type === "outbound-rtp") flows.push(`sent ${entry.framesSent}, active ${entry.active}`);
      }
      return `(${[connectionState, `ICE ${iceConnectionState}`, signalingState, ...flows].join(", ")})`;
    };
    const own = document.querySelector("[role=group][aria-label$='(you)']")?.getAttribute("aria-label");
    return `${own}: ${(await Promise.all((window.tincanConnections ?? []).map(describe))).join(" ")}`;
  });
}
