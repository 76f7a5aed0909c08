/** What is compared: Tincan's page and the leanest that can make a call. */
import { randomBytes } from "node:crypto";
import { newLink } from "../fixtures/call.ts";
import { SERVER } from "../lab/laboratory.ts";
import type { Namespace } from "../lab/namespace.ts";
import { Program } from "../lab/program.ts";

/** A page for calls and the server that goes with it. */
export interface Site {
  name: string;
  port: number;
  start(where: Namespace | "here"): Promise<Program>;
  /** The address of a call that nobody is in. */
  newCall(origin: string): string;
  /** A CSS selector for what is there only while a person is in the call. */
  inCall: string;
}

export const TINCAN: Site = {
  name: "Tincan",
  port: 18_080,
  start: (where) => Program.tincan(where, TINCAN.port),
  newCall: newLink,
  inCall: "button:has-text('Leave call'), button[aria-label^='Leave call']",
};

export const LEANEST: Site = {
  name: "leanest page",
  port: 18_081,
  start: (where) => Program.leanest(where, LEANEST.port),
  newCall: (origin) => `${origin}/${randomBytes(8).toString("hex")}`,
  inCall: "[data-in-call]",
};

/** Where a site's pages come from. */
export function origin(site: Site, where: "here" | "laboratory"): string {
  return `http://${where === "here" ? "localhost" : SERVER.ipv4}:${site.port}`;
}
