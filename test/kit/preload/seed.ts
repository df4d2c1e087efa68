/**
 * Chooses the samples of a day: 20261129 on that day (UTC), another one each day. Every run prints
 * it. FAULT_SEED repeats a day's.
 */
export const seedOfTheDay = Number(
  process.env['FAULT_SEED'] ?? new Date().toISOString().slice(0, 10).replaceAll('-', ''),
);
