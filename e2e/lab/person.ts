/** Somebody at a browser, at home in the laboratory or simply on this machine. */
import { kill } from "node:process";
import type { Browser, Page } from "@playwright/test";
import { type Devices, startChromium } from "../support/browsers.ts";
import { recordConnections } from "../support/connections.ts";
import { persona } from "../support/persona.ts";
import { type Habit, type Instrument, instrument } from "./instrument.ts";
import type { Namespace } from "./namespace.ts";

/** The way that pictures take between two people. */
export interface Path {
  direct: boolean;
  /** For example `srflx → prflx, UDP over IPv4` or `relay (TCP) → host, UDP over IPv4`. */
  words: string;
}

export class Somebody {
  private constructor(
    readonly name: string,
    private readonly browser: Browser,
  ) {}

  /**
   * Starts their browser. `origins` are pages that may use the camera although they come over plain
   * HTTP from another host than localhost.
   */
  static async at(
    where: Namespace | "here",
    name: string,
    { origins = [], devices = "own" }: { origins?: string[]; devices?: Devices } = {},
  ): Promise<Somebody> {
    const flags = ["--ignore-certificate-errors"];
    if (origins.length > 0) flags.push(`--unsafely-treat-insecure-origin-as-secure=${origins.join(",")}`);
    const wrapper = (program: string): string => (where === "here" ? program : where.wrapper(program));
    return new Somebody(name, await startChromium(persona(name), devices, { wrapper, flags }));
  }

  /**
   * Opens a page in a window of its own with nothing in its cache, and behaves as said. The scripts
   * run in the page before its own; `kept` is what the tab has in its storage, as where a browser that was
   * killed opens its tabs again.
   */
  async open(
    url: string,
    habit: Habit,
    scripts: readonly (() => void)[] = [],
    kept: Record<string, string> = {},
  ): Promise<Visit> {
    const context = await this.browser.newContext({ ignoreHTTPSErrors: true });
    await context.addInitScript((kept) => {
      if (location.protocol.startsWith("http")) Object.assign(sessionStorage, kept);
    }, kept);
    await context.addInitScript(recordConnections);
    await context.addInitScript(instrument, habit);
    for (const script of scripts) await context.addInitScript(script);
    const page = await context.newPage();
    const visit = new Visit(this.name, page);
    await page.goto(url, { waitUntil: "commit" });
    return visit;
  }

  async leave(): Promise<void> {
    await this.browser.close();
  }

  /** Ends the browser without a word, as a system does that has run out of memory. */
  async kill(): Promise<void> {
    const devtools = await this.browser.newBrowserCDPSession();
    const { processInfo } = await devtools.send("SystemInfo.getProcessInfo");
    // Those that hold sockets first, and none goes on while the others end: left alone, they would say
    // goodbye for the page.
    const isService = ({ type }: { type: string }): number => Number(type !== "utility");
    const processes = processInfo.toSorted((a, b) => isService(a) - isService(b));
    for (const signal of ["SIGSTOP", "SIGKILL"]) for (const { id } of processes) kill(id, signal);
  }
}

/** A page that somebody has open. */
export class Visit {
  /** What the page loaded so far: how often it asked and the bytes it was sent, heads included. */
  readonly loaded = { requests: 0, bytes: 0 };
  /** What the page complained of. */
  readonly complaints: string[] = [];
  private readonly sizes: Promise<void>[] = [];

  constructor(
    readonly name: string,
    readonly page: Page,
  ) {
    page.on("pageerror", ({ message }) => this.complaints.push(message));
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) this.complaints.push(message.text());
    });
    page.on("requestfinished", (request) => {
      if (!request.url().startsWith("http")) return;
      this.loaded.requests += 1;
      const size = request.sizes().then(
        ({ responseBodySize, responseHeadersSize }) => {
          this.loaded.bytes += responseBodySize + responseHeadersSize;
        },
        () => undefined, // The page was closed meanwhile.
      );
      this.sizes.push(size);
    });
  }

  /** What the instrument has noted so far. */
  async noted(): Promise<Instrument> {
    const noted = await this.page.evaluate(() => window.tincanInstrument);
    if (noted === undefined) throw new Error(`${this.name}'s page has no instrument`);
    return noted;
  }

  /** Waits for a picture of somebody else that is shown after `time` (milliseconds, machine's clock). */
  async pictureAfter(time: number, patience: number): Promise<number> {
    try {
      const found = await this.page.waitForFunction(
        (time) => window.tincanInstrument?.frames.find((frame) => frame > time),
        time,
        { timeout: patience, polling: 100 },
      );
      return (await found.jsonValue()) ?? NaN;
    } catch (error) {
      const known = [`${this.name} saw no picture within ${patience / 1000} s`, await this.connections()];
      if (this.complaints.length > 0) known.push(`the page complained: ${this.complaints.join("; ")}`);
      throw new Error(known.join("; "), { cause: error });
    }
  }

  /** How much of a core the page's main thread works, over so many milliseconds, in percent; waiting for a core is no work. */
  async busy(millis: number): Promise<number> {
    const devtools = await this.page.context().newCDPSession(this.page);
    await devtools.send("Performance.enable", { timeDomain: "threadTicks" });
    const read = async (): Promise<{ at: number; spent: number }> => {
      const { metrics } = await devtools.send("Performance.getMetrics");
      const spent = metrics.find(({ name }) => name === "TaskDuration")?.value ?? NaN;
      return { at: performance.now() / 1_000, spent };
    };
    const before = await read();
    await this.page.waitForTimeout(millis);
    const after = await read();
    await devtools.detach();
    return ((after.spent - before.spent) / (after.at - before.at)) * 100;
  }

  /** Frames that were decoded of all that others sent so far. */
  async framesDecoded(): Promise<number> {
    return this.page.evaluate(async () => {
      let frames = 0;
      for (const connection of window.tincanConnections ?? []) {
        if (connection.connectionState === "closed") continue;
        for (const entry of (await connection.getStats()).values()) {
          if (entry.type === "inbound-rtp") frames += entry.framesDecoded ?? 0;
        }
      }
      return frames;
    });
  }

  /** In which state each connection is and what it tried, for when something is wrong. */
  async connections(): Promise<string> {
    const states = await this.page.evaluate(async () => {
      const describe = async (connection: RTCPeerConnection): Promise<string> => {
        const { connectionState, iceConnectionState, signalingState } = connection;
        const candidates: string[] = [];
        for (const { type, candidateType, protocol, relayProtocol } of (await connection.getStats()).values()) {
          if (type !== "local-candidate" && type !== "remote-candidate") continue;
          candidates.push(`${type.split("-")[0]} ${candidateType} ${relayProtocol ?? protocol}`);
        }
        const sending = connection.getSenders().map((sender) => {
          const active = sender.getParameters().encodings.some(({ active }) => active);
          return `${sender.track === null ? "nothing" : sender.track.kind} ${active ? "sent" : "held back"}`;
        });
        const all = [connectionState, `ICE ${iceConnectionState}`, signalingState, ...sending, ...candidates.sort()];
        return `(${all.join(", ")})`;
      };
      return Promise.all((window.tincanConnections ?? []).map(describe));
    });
    return states.length === 0 ? "no connection was made" : `connections: ${states.join(" ")}`;
  }

  /** The way that is in use to the other. */
  async path(): Promise<Path> {
    const pair = await this.page.evaluate(async () => {
      for (const connection of window.tincanConnections ?? []) {
        if (connection.connectionState !== "connected") continue;
        const stats = await connection.getStats();
        for (const entry of stats.values()) {
          const chosen = entry.type === "transport" ? stats.get(entry.selectedCandidatePairId) : undefined;
          if (chosen === undefined) continue;
          return { local: stats.get(chosen.localCandidateId), remote: stats.get(chosen.remoteCandidateId) };
        }
      }
      return undefined;
    });
    if (pair === undefined) return { direct: false, words: "none" };
    const { local, remote } = pair;
    const over = (candidate: { relayProtocol?: string }): string =>
      candidate.relayProtocol === undefined ? "" : ` (${candidate.relayProtocol.toUpperCase()})`;
    const family = String(local.address ?? local.ip).includes(":") ? 6 : 4;
    return {
      direct: local.candidateType !== "relay" && remote.candidateType !== "relay",
      words: `${local.candidateType}${over(local)} → ${remote.candidateType}, ${local.protocol.toUpperCase()} over IPv${family}`,
    };
  }

  /** Closes the page once all that it loaded is counted. */
  async close(): Promise<void> {
    await Promise.all(this.sizes);
    await this.page.context().close();
  }
}
