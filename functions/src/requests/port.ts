import type { Context } from '../platform/context.ts';
import { isFinal } from './plan.ts';
import { finishRequest, loadRequest, type RequestRef } from './store.ts';

/**
 * What a job that answers a request may know and do about it. The composition root hands it to the capability whose job it is, since
 * capabilities do not know each other.
 */
export const requestPort = (context: Context) => ({
  /** Is it still to be answered? */
  async isOpen(ref: RequestRef): Promise<boolean> {
    const record = await loadRequest(context.clients.own(), ref.key);
    return record !== null && !isFinal(record.status);
  },
  /** Ends it by one guarded write, and shows that to the person. False where it had ended before. */
  finish: (ref: RequestRef, end: Parameters<typeof finishRequest>[2]): Promise<boolean> =>
    finishRequest(context, ref, end),
  /** The object that answers it, without its prefix; null where none does, or the person took the request back. */
  async published(ref: RequestRef): Promise<string | null> {
    const record = await loadRequest(context.clients.own(), ref.key);
    if (record === null || record.status === 'cancelled' || record.status === 'refused') return null;
    const object = record.answer?.['object'];
    return typeof object === 'string' ? object : null;
  },
});
