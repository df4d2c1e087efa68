import type { RunningServer } from './base.ts';
import { startBrevo } from './brevo/server.ts';
import { startStripe } from './stripe/server.ts';

export type { Fault } from './faults.ts';
export type { RecordedRequest } from './requests.ts';
export { startBrevo } from './brevo/server.ts';
export { startStripe } from './stripe/server.ts';

export interface StandinsOptions {
  /** 0 or absent: any free one. */
  stripePort?: number | undefined;
  brevoPort?: number | undefined;
  /** 127.0.0.1 unless told otherwise: nobody else may reach servers that take any key. */
  host?: string | undefined;
  /** The time in milliseconds, for tests. */
  now?: (() => number) | undefined;
  /** One line per call, without keys or bodies. */
  log?: ((line: string) => void) | undefined;
}

export interface Standins {
  /** Without `/v1`. */
  readonly stripeUrl: string;
  /** Without `/v3`. */
  readonly brevoUrl: string;
  stop(): Promise<void>;
}

/**
 * Starts the local Stripe and the local Brevo (docs/standins.md).
 *
 * @throws if a port is taken; then neither is left running.
 * @example const { stripeUrl, brevoUrl, stop } = await startStandins();
 */
export async function startStandins(options: StandinsOptions = {}): Promise<Standins> {
  const { stripePort, brevoPort, ...common } = options;
  const started = await Promise.allSettled([
    startStripe({ ...common, port: stripePort }),
    startBrevo({ ...common, port: brevoPort }),
  ]);
  const running = started.filter((s) => s.status === 'fulfilled').map((s) => s.value);
  const stop = async (): Promise<void> => {
    await Promise.all(running.map((server: RunningServer) => server.stop()));
  };
  const failed = started.find((s) => s.status === 'rejected');
  const [stripe, brevo] = running;
  if (failed || !stripe || !brevo) {
    await stop();
    throw failed?.reason;
  }
  return { stripeUrl: stripe.url, brevoUrl: brevo.url, stop };
}
