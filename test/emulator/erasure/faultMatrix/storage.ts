import { Storage } from '@google-cloud/storage';

/**
 * As the Admin SDK makes it, which tells the emulator's address by the environment; tries again
 * once, after a second at most.
 */
export function storageOf(projectId: string, url: string, timeout = 30_000): Storage {
  const before = process.env['STORAGE_EMULATOR_HOST'];
  process.env['STORAGE_EMULATOR_HOST'] = url;
  const storage = new Storage({ projectId, retryOptions: { maxRetries: 1, maxRetryDelay: 1 } });
  if (before === undefined) delete process.env['STORAGE_EMULATOR_HOST'];
  else process.env['STORAGE_EMULATOR_HOST'] = before;
  type Intercept = (typeof storage.interceptors)[number]['request'];
  // Resumable uploads have no address here, and no timeout: they last as long as the reading of
  // their content.
  const request: Intercept = (options) =>
    ('uri' in options ? Object.assign(options, { timeout }) : options) as ReturnType<Intercept>;
  storage.interceptors.push({ request });
  return storage;
}
