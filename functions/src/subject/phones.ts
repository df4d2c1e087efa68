/**
 * A telephone number as it is compared: `+33 6 12`, `0033612` and `33612` are one number
 * (https://developers.brevo.com/reference/create-contact, "SMS").
 */
export const phoneDigits = (number: string): string => number.replace(/\D/g, '').replace(/^00/, '');

/**
 * True if a number says its country. `(451) 234-5678` has the digits of a number of another
 * country.
 */
export const isInternational = (number: string): boolean => /^\s*(\+|00)/.test(number);
