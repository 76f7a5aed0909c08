/** Drawn people for the pictures in the README: films of a simple figure that breathes and blinks. */
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { type Persona, persona } from "./persona.ts";

/** Colours of a drawn person. */
export interface Look {
  wall: string;
  wallEdge: string;
  shirt: string;
  skin: string;
  hair: string;
  longHair: boolean;
}

export const LOOKS = {
  Ada: { wall: "#f0c9a0", wallEdge: "#d99b6c", shirt: "#2f5d62", skin: "#e8b796", hair: "#3b2417", longHair: true },
  Ben: { wall: "#a9c6d9", wallEdge: "#6f95b0", shirt: "#b5532a", skin: "#8d5a3b", hair: "#1d1512", longHair: false },
} satisfies Record<string, Look>;

const FRAMES = 24;

/** Draws a film for a person and returns who they are with it as their camera. */
export async function drawnPersona(page: Page, name: string, look: Look): Promise<Persona> {
  const frames: string[] = await page.evaluate(draw, { look, frames: FRAMES });
  const film = Buffer.concat(frames.map((frame) => new Uint8Array(Buffer.from(frame, "base64"))));
  const picture = join(tmpdir(), `tincan-portrait-${name}.mjpeg`);
  writeFileSync(picture, new Uint8Array(film));
  return { ...persona(name), picture };
}

/** Runs in a page: draws each frame and returns them as JPEG in base64. */
function draw({ look, frames }: { look: Look; frames: number }): string[] {
  const canvas = document.createElement("canvas");
  canvas.width = 1280;
  canvas.height = 720;
  const c = canvas.getContext("2d");
  if (c === null) throw new Error("no canvas");
  const ellipse = (x: number, y: number, rx: number, ry: number, fill: string): void => {
    c.fillStyle = fill;
    c.beginPath();
    c.ellipse(x, y, rx, ry, 0, 0, 2 * Math.PI);
    c.fill();
  };
  const result: string[] = [];
  for (let frame = 0; frame < frames; frame++) {
    const sway = Math.sin((frame / frames) * 2 * Math.PI);
    const light = c.createRadialGradient(400, 160, 100, 640, 360, 900);
    light.addColorStop(0, look.wall);
    light.addColorStop(1, look.wallEdge);
    c.fillStyle = light;
    c.fillRect(0, 0, 1280, 720);
    // A shelf with books, out of focus.
    c.globalAlpha = 0.35;
    ["#7a4a35", "#3f6f6b", "#c98a3d", "#5b5470", "#8f3b3b"].forEach((colour, at) => {
      c.fillStyle = colour;
      c.fillRect(1010 + at * 38, 150 - (at % 3) * 14, 30, 130 + (at % 3) * 14);
    });
    c.fillStyle = "#6b4b35";
    c.fillRect(980, 280, 240, 14);
    c.globalAlpha = 1;

    const x = 640 + 8 * sway;
    const y = 330 + 4 * sway;
    if (look.longHair) ellipse(x, y + 50, 178, 235, look.hair);
    c.fillStyle = look.shirt;
    c.beginPath();
    c.moveTo(250, 760);
    c.quadraticCurveTo(300, 560 + 4 * sway, 560, 530 + 4 * sway);
    c.lineTo(720, 530 + 4 * sway);
    c.quadraticCurveTo(980, 560 + 4 * sway, 1030, 760);
    c.fill();
    c.fillStyle = look.skin;
    c.beginPath();
    c.roundRect(x - 58, y + 100, 116, 130, 50);
    c.fill();
    ellipse(x, y, 132, 165, look.skin);
    c.fillStyle = look.hair;
    c.beginPath();
    c.ellipse(x, y - 30, 142, 150, 0, Math.PI, 2 * Math.PI);
    c.quadraticCurveTo(x + 60, y - 110, x - 20, y - 100);
    c.quadraticCurveTo(x - 110, y - 95, x - 142, y - 30);
    c.fill();
    const open = frame === 11 ? 2 : 13;
    for (const side of [-1, 1]) {
      ellipse(x + side * 50, y + 5, 13, open, "#2a1d18");
      c.strokeStyle = look.hair;
      c.lineWidth = 9;
      c.lineCap = "round";
      c.beginPath();
      c.arc(x + side * 50, y + 2, 36, 1.25 * Math.PI, 1.75 * Math.PI);
      c.stroke();
    }
    c.strokeStyle = "rgba(90, 30, 25, 0.75)";
    c.lineWidth = 8;
    c.beginPath();
    c.arc(x, y + 52, 48, 0.15 * Math.PI, 0.85 * Math.PI);
    c.stroke();
    result.push(canvas.toDataURL("image/jpeg", 0.9).split(",")[1] ?? "");
  }
  return result;
}
