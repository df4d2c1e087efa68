/**
 * The region of the functions and their queues: in the EU, beside the database (Art. 44: no
 * transfer that is not needed).
 */
export const REGION = 'europe-west1';
