/** Finds the browsers that are installed and starts them with cameras that need no camera. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { env, platform } from "node:process";
import { type Browser, chromium } from "@playwright/test";
import puppeteer, { type Browser as Firefox } from "puppeteer-core";
import type { Persona } from "./persona.ts";

/** What a browser's camera and microphone do. */
export type Devices =
  /** A picture and a tone by which the person can be told from the others. */
  | "own"
  /** Chromium's own test picture, 640 by 480 and 20 a second, and its beeps. */
  | "test picture"
  /** There are some, but the person does not allow them. */
  | "denied"
  /** There is a microphone, and no camera. */
  | "no camera"
  /** Whatever the machine itself has, which in a container or on a server is nothing. */
  | "the machine's";

const CHROMIUM = {
  variable: "CHROMIUM",
  programs: ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge"],
  applications: [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
  ],
};

const FIREFOX = {
  variable: "FIREFOX",
  programs: ["firefox-esr", "firefox"],
  applications: ["/Applications/Firefox.app/Contents/MacOS/firefox"],
};

/** Where a browser runs, when that is not simply here. */
export interface Place {
  /** Makes a program file that runs `program` in that place. */
  wrapper(program: string): string;
  /** Flags that Chromium needs there. */
  flags: string[];
}

/** Starts Chromium for one person. */
export function startChromium(persona: Persona, devices: Devices, place?: Place): Promise<Browser> {
  const program = find(CHROMIUM);
  return chromium.launch({
    executablePath: place?.wrapper(program) ?? program,
    args: [
      // Containers have no sandbox to offer; nothing but our own page is opened here.
      "--no-sandbox",
      "--disable-dev-shm-usage",
      "--disable-background-networking",
      "--disable-quic",
      // Without it Chromium gathers no candidates on a machine that has only the loopback.
      "--allow-loopback-in-peer-connection",
      "--autoplay-policy=no-user-gesture-required",
      ...deviceFlags(persona, devices),
      ...(place?.flags ?? []),
    ],
  });
}

function deviceFlags(persona: Persona, devices: Devices): string[] {
  switch (devices) {
    case "own":
      return [
        "--use-fake-device-for-media-stream",
        `--use-file-for-fake-video-capture=${persona.picture}`,
        `--use-file-for-fake-audio-capture=${persona.sound}`,
        "--use-fake-ui-for-media-stream",
        "--auto-select-desktop-capture-source=Entire screen",
      ];
    case "test picture":
      return ["--use-fake-device-for-media-stream=fps=20", "--use-fake-ui-for-media-stream"];
    case "denied":
      return ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream=deny"];
    case "no camera":
      return [
        "--use-fake-device-for-media-stream=device-count=0",
        `--use-file-for-fake-audio-capture=${persona.sound}`,
        "--use-fake-ui-for-media-stream",
      ];
    case "the machine's":
      return ["--use-fake-ui-for-media-stream"];
  }
}

/**
 * Starts Firefox, driven through WebDriver BiDi. Its fake camera changes colour, its microphone hums.
 * Where it is `trusting`, certificates are good that nobody signed, the relay's as well as the page's.
 */
export function startFirefox(trusting = false): Promise<Firefox> {
  return puppeteer.launch({
    browser: "firefox",
    executablePath: find(FIREFOX),
    headless: true,
    acceptInsecureCerts: trusting,
    extraPrefsFirefox: {
      "media.navigator.streams.fake": true,
      "media.navigator.permission.disabled": true,
      "media.peerconnection.ice.loopback": true,
      "media.autoplay.default": 0,
      "app.update.enabled": false,
      "datareporting.policy.dataSubmissionEnabled": false,
      "network.captive-portal-service.enabled": false,
      "network.connectivity-service.enabled": false,
    },
  });
}

interface Known {
  variable: string;
  programs: string[];
  applications: string[];
}

/** Where a browser is: as the variable says, else on `PATH`, else where applications are kept. */
function find({ variable, programs, applications }: Known): string {
  const chosen = env[variable];
  if (chosen !== undefined) return chosen;
  const suffix = platform === "win32" ? ".exe" : "";
  const folders = (env["PATH"] ?? "").split(delimiter);
  const candidates = [
    ...programs.flatMap((program) => folders.map((folder) => join(folder, program + suffix))),
    ...applications,
  ];
  const found = candidates.find(isProgram);
  if (found === undefined) {
    throw new Error(`${programs[0]} is not installed; install it or set ${variable} to where it is`);
  }
  return found;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
