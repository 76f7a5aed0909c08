/** Lets tests look into the page's peer connections, without a hook in the page itself. */

declare global {
  interface Window {
    /** Every peer connection the page has made, in order; added by the tests. */
    tincanConnections?: RTCPeerConnection[];
  }
}

/** Runs in a page before its own scripts: keeps each RTCPeerConnection it makes. */
export function recordConnections(): void {
  const connections: RTCPeerConnection[] = [];
  window.tincanConnections = connections;
  window.RTCPeerConnection = class extends window.RTCPeerConnection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      connections.push(this);
    }
  };
}
