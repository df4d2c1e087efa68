/** When the accounts of the attacks were made, in whole seconds, and when they are tried. */
export const CREATED = 1_700_000_000;
export const NOW = Date.UTC(2026, 5, 1);
