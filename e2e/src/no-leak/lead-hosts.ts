import { leadToLoopback } from '@vestige/example-support-desk/hosts';
import { LLM_HOST, MAIL_HOST } from '@vestige/example-support-desk/nodes';

/** Preloaded into the worker's process: the demo's invented companies live on this machine. */
leadToLoopback([LLM_HOST, MAIL_HOST]);
