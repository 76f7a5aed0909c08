/** Screens to share that can be told apart: a plain colour, with something that moves on it. */

import { type Persona, css } from "./persona.ts";

/** What to run in a page before its own scripts, so that whoever shares a screen shares one of that colour. */
export function drawScreen(
  { chroma }: Pick<Persona, "chroma">,
  sound: "silent" | "with a tone" = "silent",
): { content: string } {
  return { content: `(${draw.toString()})(${JSON.stringify(css(chroma))}, ${sound === "with a tone"})` };
}

function draw(css: string, sounds: boolean): void {
  // On a page that is not a call's, such as the blank one a window begins with.
  if (!isSecureContext) return;
  navigator.mediaDevices.getDisplayMedia = async () => {
    const canvas = document.createElement("canvas");
    canvas.width = 640;
    canvas.height = 360;
    const context = canvas.getContext("2d");
    if (context === null) throw new Error("no canvas");
    const stream = canvas.captureStream(10);
    if (sounds) {
      const audio = new AudioContext();
      const tone = audio.createOscillator();
      const out = audio.createMediaStreamDestination();
      tone.connect(out);
      tone.start();
      for (const track of out.stream.getAudioTracks()) stream.addTrack(track);
    }
    let at = 0;
    const paint = (): void => {
      context.fillStyle = css;
      context.fillRect(0, 0, 640, 360);
      // In the lower half, where nobody looks for the colour.
      context.fillStyle = "white";
      context.fillRect((at++ * 16) % 600, 200, 40, 40);
    };
    paint();
    const timer = setInterval(() => {
      paint();
      if (stream.getTracks().every(({ readyState }) => readyState === "ended")) clearInterval(timer);
    }, 100);
    return stream;
  };
}
