/** Lets tests see how large the page's WebAssembly memory is. */
import type { Page } from "@playwright/test";

declare global {
  interface Window {
    /** The memory of the page's module; added by the tests. */
    tincanMemory?: WebAssembly.Memory;
  }
}

/** Runs in a page before its own scripts: keeps the memory of what it instantiates. */
export function keepMemory(): void {
  const keep = ({ exports }: WebAssembly.Instance): void => {
    const memory = exports["memory"];
    if (memory instanceof WebAssembly.Memory) window.tincanMemory = memory;
  };
  const streaming = WebAssembly.instantiateStreaming.bind(WebAssembly);
  WebAssembly.instantiateStreaming = async (source, imports) => {
    const made = await streaming(source, imports);
    keep(made.instance);
    return made;
  };
}

/** Bytes of the memory; it only ever grows. */
export async function wasmBytes(page: Page): Promise<number> {
  return page.evaluate(() => window.tincanMemory?.buffer.byteLength ?? NaN);
}
