/**
 * Measures a page from within, without its help: when a person can join, when they do, and when
 * each picture of somebody else is shown. The same for every page, so that pages can be compared.
 */

declare global {
  interface Window {
    tincanInstrument?: Instrument;
  }
}

/*
 * Pictures are counted where they are shown, not where they are decoded: a browser can go on
 * decoding for a video that stands still.
 */

/** Milliseconds since the page was opened (`performance.timeOrigin`), unless said otherwise. */
export interface Instrument {
  /** The button for joining could be pressed. */
  usable?: number;
  /** It was pressed. */
  clicked?: number;
  /** The first picture of each of the others, in milliseconds of the machine's clock. */
  first: number[];
  /** The newest pictures of others that were shown, in milliseconds of the machine's clock. */
  frames: number[];
  /** The first one. */
  firstFrame?: number;
  /** Something was painted for the first time. */
  firstPaint?: number;
  /** Milliseconds of the longest task on the main thread after that. */
  longestTask: number;
}

/** How the person in front of the page behaves. */
export interface Habit {
  /** The name on the button for joining. */
  button: string;
  /** How long they wait before they press it, in milliseconds; `null`: they do not press it. */
  after: number | null;
}

/** Runs in a page before its own scripts. */
export function instrument({ button, after }: Habit): void {
  const KEPT = 2_000;
  const seen: Instrument = { first: [], frames: [], longestTask: 0 };
  window.tincanInstrument = seen;

  new PerformanceObserver((list) => {
    seen.firstPaint ??= list.getEntries()[0]?.startTime ?? 0;
  }).observe({ type: "paint", buffered: true });
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) {
      const isAfterPaint = seen.firstPaint !== undefined && startTime >= seen.firstPaint;
      if (isAfterPaint) seen.longestTask = Math.max(seen.longestTask, duration);
    }
  }).observe({ type: "longtask", buffered: true });

  const remote = new WeakSet<MediaStreamTrack>();
  window.RTCPeerConnection = class extends window.RTCPeerConnection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      this.addEventListener("track", ({ track }) => remote.add(track));
    }
  };

  const watched = new WeakSet<HTMLVideoElement>();
  const known = new WeakSet<HTMLVideoElement>();
  const watch = (video: HTMLVideoElement): void => {
    watched.add(video);
    video.requestVideoFrameCallback((now) => {
      const stream = video.srcObject;
      // An element may play before it is anywhere to be seen.
      const isSeen = video.isConnected && video.checkVisibility({ visibilityProperty: true });
      if (isSeen && stream instanceof MediaStream && stream.getVideoTracks().some((track) => remote.has(track))) {
        seen.firstFrame ??= now;
        if (!known.has(video)) seen.first.push(performance.timeOrigin + now);
        known.add(video);
        seen.frames.push(performance.timeOrigin + now);
        if (seen.frames.length > KEPT) seen.frames.shift();
      }
      watch(video);
    });
  };
  const described = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, "srcObject");
  const { get, set } = described ?? {};
  if (get === undefined || set === undefined) throw new Error("srcObject cannot be watched");
  Object.defineProperty(HTMLMediaElement.prototype, "srcObject", {
    configurable: true,
    get,
    set(this: HTMLMediaElement, stream: MediaProvider | null) {
      set.call(this, stream);
      if (this instanceof HTMLVideoElement && !watched.has(this)) watch(this);
    },
  });

  addEventListener(
    "click",
    ({ target }) => {
      if (target instanceof Element && target.closest("button")?.textContent?.includes(button) === true) {
        seen.clicked ??= performance.now();
      }
    },
    { capture: true },
  );

  if (after === null) return;
  const look = (): void => {
    const found = [...document.querySelectorAll("button")].find(({ textContent }) => textContent.includes(button));
    if (found === undefined || found.disabled || found.getAttribute("aria-disabled") === "true") return;
    observer.disconnect();
    seen.usable = performance.now();
    // Also at once, the page must have had its turn: nobody presses within the task that enables.
    setTimeout(() => found.click(), after);
  };
  const observer = new MutationObserver(look);
  observer.observe(document, { childList: true, subtree: true, attributes: true });
}
