const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

export interface Interruption {
  readonly signal: AbortSignal;
  /** The exit code of the first signal; undefined until there was one. */
  readonly code: number | undefined;
  /** Rejects at the first signal. */
  readonly happened: Promise<never>;
}

/**
 * Turns Ctrl-C and its kind into an AbortSignal, so that everything can stop before the process
 * ends.
 */
export function interruption(): Interruption {
  const controller = new AbortController();
  let code: number | undefined;
  for (const [name, number] of Object.entries(SIGNALS))
    process.on(name, () => {
      code ??= number;
      controller.abort(new Error(`stopped by ${name}`));
    });
  const happened = new Promise<never>((_, reject) => {
    controller.signal.addEventListener('abort', () => reject(controller.signal.reason as Error));
  });
  happened.catch(() => undefined); // nobody may be waiting for it
  return {
    signal: controller.signal,
    get code() {
      return code;
    },
    happened,
  };
}
