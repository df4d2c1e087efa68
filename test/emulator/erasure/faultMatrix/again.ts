/**
 * Calls that read the systems past the backend, or fill them: tried again if a connection was lost,
 * since emulators close idle ones.
 */
export async function again<T>(call: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await call();
    } catch (error) {
      if (tries === 4) throw error;
    }
  }
}
