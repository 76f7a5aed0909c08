/** Which way a connection goes, what the other side was told of one's addresses, and which ways there are. */
import { expect } from "@playwright/test";
import type { Person } from "../fixtures/call.ts";

declare global {
  interface Window {
    /** Every candidate that a connection of the page was given, in a description or alone; added by the tests. */
    tincanGiven?: string[];
  }
}

/** Options of a server whose relay also passes on between the browsers of one machine, which it refuses by default. */
export const RELAYS_HERE: readonly string[] = ["127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"].flatMap(
  (addresses) => ["--relay-allow", addresses],
);

/** Both ends of the pair that carries a connection. */
export interface Pair {
  local: string;
  remote: string;
  /** What lies between this end and the relay; empty where there is none. */
  relayProtocol: string;
}

// The forms without callbacks, which are all that the page uses.
type AddCandidate = (this: RTCPeerConnection, candidate?: RTCIceCandidateInit) => Promise<void>;
type SetDescription = (this: RTCPeerConnection, description: RTCSessionDescriptionInit) => Promise<void>;

/** Runs in a page before its own scripts, after `recordConnections`: notes what its connections are given. */
export function recordGiven(): void {
  const given: string[] = [];
  window.tincanGiven = given;
  const { prototype } = window.RTCPeerConnection;
  const addIceCandidate = prototype.addIceCandidate as AddCandidate;
  const setRemoteDescription = prototype.setRemoteDescription as SetDescription;
  prototype.addIceCandidate = function (this: RTCPeerConnection, candidate?: RTCIceCandidateInit | null) {
    if (candidate?.candidate) given.push(candidate.candidate);
    return addIceCandidate.call(this, candidate ?? undefined);
  };
  prototype.setRemoteDescription = function (this: RTCPeerConnection, description: RTCSessionDescriptionInit) {
    given.push(...(description.sdp ?? "").split("\r\n").filter((line) => line.startsWith("a=candidate:")));
    return setRemoteDescription.call(this, description);
  };
}

/** A script that leaves a page's connections only the servers that match, as a strict network would. */
export function onlyServers(pattern: RegExp): { content: string } {
  return { content: `(${filterServers.toString()})(${pattern.toString()})` };
}

function filterServers(pattern: RegExp): void {
  const filtered = (configuration?: RTCConfiguration): RTCConfiguration => ({
    ...configuration,
    iceServers: (configuration?.iceServers ?? [])
      .map((server) => ({ ...server, urls: [server.urls].flat().filter((url) => pattern.test(url)) }))
      .filter(({ urls }) => urls.length > 0),
  });
  window.RTCPeerConnection = class extends window.RTCPeerConnection {
    constructor(configuration?: RTCConfiguration) {
      super(filtered(configuration));
    }
    override setConfiguration(configuration?: RTCConfiguration): void {
      super.setConfiguration(filtered(configuration));
    }
  };
}

/** Runs in a page: the pair of each connection that is connected. */
export async function readPairs(): Promise<Pair[]> {
  const connected = (window.tincanConnections ?? []).filter(({ connectionState }) => connectionState === "connected");
  const pairs: Pair[] = [];
  for (const connection of connected) {
    const entries = [...(await connection.getStats()).values()];
    const chosen = entries.find(({ type }) => type === "transport")?.selectedCandidatePairId;
    const pair = entries.find((entry) => entry.type === "candidate-pair" && (entry.id === chosen || entry.selected));
    const local = entries.find(({ id }) => id === pair?.localCandidateId);
    const remote = entries.find(({ id }) => id === pair?.remoteCandidateId);
    pairs.push({
      local: local?.candidateType ?? "none",
      remote: remote?.candidateType ?? "none",
      relayProtocol: local?.relayProtocol ?? "",
    });
  }
  return pairs;
}

/** A page of either browser. */
interface Evaluates {
  evaluate(read: () => Promise<Pair[]>): Promise<Pair[]>;
}

/** The one connection `hider` has goes through the relay, and over that protocol if there is but one. */
export async function expectRelayed(hider: Evaluates, protocol?: "udp" | "tcp" | "tls"): Promise<void> {
  const over: unknown = protocol ?? expect.stringMatching(/^(udp|tcp)$/);
  await expect
    .poll(() => hider.evaluate(readPairs), { message: "the connection should go through the relay" })
    .toEqual([expect.objectContaining({ local: "relay", relayProtocol: over })]);
}

/** `other` was given candidates, and none that tells where the one who hides is. */
export async function expectNothingTold(other: Person): Promise<void> {
  const given = await other.page.evaluate(() => window.tincanGiven ?? []);
  expect(given.length).toBeGreaterThan(0);
  expect(given.filter((candidate) => !/ typ relay raddr 0\.0\.0\.0 rport 0\b/.test(candidate))).toEqual([]);
}

/** A script that keeps a page's connections from learning candidates that match; `unlessRelayed`: but for those made to be relayed. */
export function dropCandidates(pattern: RegExp, unlessRelayed = false): { content: string } {
  return { content: `(${filterCandidates.toString()})(${pattern.toString()}, ${unlessRelayed})` };
}

function filterCandidates(pattern: RegExp, unlessRelayed: boolean): void {
  const { prototype } = window.RTCPeerConnection;
  const addIceCandidate = prototype.addIceCandidate as AddCandidate;
  prototype.addIceCandidate = function (this: RTCPeerConnection, candidate?: RTCIceCandidateInit | null) {
    const passes = unlessRelayed && this.getConfiguration().iceTransportPolicy === "relay";
    if (!passes && pattern.test(candidate?.candidate ?? "")) return Promise.resolve();
    return addIceCandidate.call(this, candidate ?? undefined);
  };
}

/** Runs in a page before its own scripts: only its first connection has any way to take. */
export function onlyFirstConnects(): void {
  const nowhere: RTCConfiguration = { iceServers: [], iceTransportPolicy: "relay" };
  let made = 0;
  window.RTCPeerConnection = class extends window.RTCPeerConnection {
    readonly #isFirst = made++ === 0;
    constructor(configuration?: RTCConfiguration) {
      super(made === 0 ? configuration : { ...configuration, ...nowhere });
    }
    override setConfiguration(configuration?: RTCConfiguration): void {
      super.setConfiguration(this.#isFirst ? configuration : { ...configuration, ...nowhere });
    }
  };
}

/** Runs in a page: what kinds of candidates its open connections were made to use. */
export function policies(): string[] {
  const open = (window.tincanConnections ?? []).filter(({ connectionState }) => connectionState !== "closed");
  return open.map((connection) => connection.getConfiguration().iceTransportPolicy ?? "all");
}

/** Runs in a page before its own scripts: its address was hidden on an earlier visit. */
export function hide(): void {
  // An empty page has no storage.
  if (!location.protocol.startsWith("http")) return;
  localStorage.setItem("tincan.settings", JSON.stringify({ hide_address: true }));
}
