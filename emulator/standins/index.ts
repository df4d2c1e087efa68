export { startStripe } from './stripe/server.ts';
