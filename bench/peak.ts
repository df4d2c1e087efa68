/** Milliseconds between two samples of the heap. */
const EVERY_MS = 250;

/** The cost of one run of a work: its duration and its highest memory. */
export interface Peak {
  readonly seconds: number;
  /** The highest memory of the whole process, in MiB, as the system counts it. */
  readonly peakMb: number;
  /** The highest heap after a collection, in MB. */
  readonly peakHeapMb: number;
}

/** Runs a work and measures it in this process. Needs `node --expose-gc`. */
export async function peakOf<T>(work: () => Promise<T>): Promise<Peak & { readonly result: T }> {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('run node with --expose-gc: the heap is measured after collections');
  let peakHeap = 0;
  const look = (): void => {
    gc();
    peakHeap = Math.max(peakHeap, process.memoryUsage().heapUsed);
  };
  const timer = setInterval(look, EVERY_MS);
  const start = performance.now();
  try {
    const result = await work();
    const peakMb = process.resourceUsage().maxRSS / 1024;
    return { result, seconds: (performance.now() - start) / 1000, peakMb, peakHeapMb: peakHeap / 1e6 };
  } finally {
    clearInterval(timer);
  }
}
