/**
 * What the people in the tests look and sound like: a colour with a square that moves over it, and
 * a tone that comes and goes. So a test can tell that the right picture is in the right tile.
 */
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pid } from "node:process";

/** Someone who can be in a call. */
export interface Persona {
  name: string;
  /** Blue and red difference of their picture, as a camera gives them (BT.601, 128 is grey). */
  chroma: { cb: number; cr: number };
  /** A file that Chromium takes for a camera. */
  picture: string;
  /** A file that Chromium takes for a microphone. */
  sound: string;
}

/** Far enough apart to be told from one another after an encoder has been at them. */
const CHROMAS = [
  { cb: 90, cr: 210 }, // red
  { cb: 210, cr: 110 }, // blue
  { cb: 70, cr: 60 }, // green
  { cb: 40, cr: 150 }, // yellow
  { cb: 190, cr: 190 }, // magenta
  { cb: 160, cr: 50 }, // cyan
] as const;

/** Luma of the colours, as cameras give it. */
const LUMA = 90;

const WIDTH = 320;
const HEIGHT = 240;
const FRAMES_PER_SECOND = 10;
const FRAMES = 20;
const SQUARE = 48;
const SAMPLES_PER_SECOND = 48_000;

const personas = new Map<string, Persona>();

/** The person of that name; the same one whenever asked in this run. */
export function persona(name: string): Persona {
  const known = personas.get(name);
  if (known !== undefined) return known;
  const chroma = CHROMAS[personas.size % CHROMAS.length] ?? CHROMAS[0];
  const folder = join(tmpdir(), "tincan-e2e-media");
  mkdirSync(folder, { recursive: true });
  const kind = personas.size % CHROMAS.length;
  const made: Persona = {
    name,
    chroma,
    picture: join(folder, `picture-1-${kind}.y4m`),
    sound: join(folder, `sound-1-${kind}.wav`),
  };
  write(made.picture, () => picture(chroma));
  write(made.sound, () => sound(330 + 110 * kind));
  personas.set(name, made);
  return made;
}

/** The colour on a screen, where red, green and blue end at 0 and 255. */
export function onScreen({ cb, cr }: Persona["chroma"]): { r: number; g: number; b: number } {
  const end = (value: number): number => Math.round(Math.min(255, Math.max(0, value)));
  return {
    r: end(LUMA + 1.402 * (cr - 128)),
    g: end(LUMA - 0.344 * (cb - 128) - 0.714 * (cr - 128)),
    b: end(LUMA + 1.772 * (cb - 128)),
  };
}

/** The same as CSS writes it. */
export function css(chroma: Persona["chroma"]): string {
  const { r, g, b } = onScreen(chroma);
  return `rgb(${r}, ${g}, ${b})`;
}

/** Writes a file that is not there yet; at once, so that nobody reads half of it. */
function write(path: string, content: () => Buffer): void {
  if (existsSync(path)) return;
  const half = `${path}.${pid}`;
  writeFileSync(half, content());
  renameSync(half, path);
}

/** A YUV4MPEG2 film of a bright square that wanders over a plain colour. */
function picture({ cb, cr }: Persona["chroma"]): Buffer {
  const parts = [Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F${FRAMES_PER_SECOND}:1 Ip A1:1 C420jpeg\n`)];
  const quarter = (WIDTH / 2) * (HEIGHT / 2);
  for (let frame = 0; frame < FRAMES; frame++) {
    const luma = Buffer.alloc(WIDTH * HEIGHT, LUMA);
    const left = Math.round(((WIDTH - SQUARE) * frame) / (FRAMES - 1));
    const top = Math.round((HEIGHT - SQUARE) / 2);
    for (let row = top; row < top + SQUARE; row++) {
      luma.fill(220, row * WIDTH + left, row * WIDTH + left + SQUARE);
    }
    parts.push(Buffer.from("FRAME\n"), luma, Buffer.alloc(quarter, cb), Buffer.alloc(quarter, cr));
  }
  return Buffer.concat(parts);
}

/** Two seconds of a tone that sounds half of the time, as noise suppression would take away a hum. */
function sound(hertz: number): Buffer {
  const samples = 2 * SAMPLES_PER_SECOND;
  const data = Buffer.alloc(samples * 2);
  for (let at = 0; at < samples; at++) {
    const seconds = at / SAMPLES_PER_SECOND;
    const sounds = seconds % 0.5 < 0.25;
    const level = sounds ? Math.sin(2 * Math.PI * hertz * seconds) * 0.5 : 0;
    data.writeInt16LE(Math.round(level * 32_767), at * 2);
  }
  const header = Buffer.alloc(44);
  header.write("RIFF", 0);
  header.writeUInt32LE(36 + data.length, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(SAMPLES_PER_SECOND, 24);
  header.writeUInt32LE(SAMPLES_PER_SECOND * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write("data", 36);
  header.writeUInt32LE(data.length, 40);
  return Buffer.concat([header, data]);
}
