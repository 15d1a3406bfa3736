/** Outside companies, reached by name; `hosts.ts` leads the names to this machine. */
export const LLM_HOST = 'api.brightmind.example';
export const MAIL_HOST = 'api.parcelpost.example';
export const MODEL = 'brightmind-small';

/**
 * Every place this application sends a person's data to, under the name lineage gives it.
 *
 * Files are named by their role (`crm.db`), not by their path: the demo runs in a temporary folder, and a lineage that
 * changes with the folder would be no use to anybody.
 */
export const NODES = {
  customers: 'store:sqlite:crm.db/main.customers',
  tickets: 'store:sqlite:crm.db/main.tickets',
  followUps: 'queue:sqlite:queue.db/follow_ups',
  invoices: 'store:sqlite:billing.db/main.invoices',
  refunds: 'store:file/refunds/*.jsonl',
  notes: 'store:lancedb:memory/notes',
  warehouse: 'store:duckdb:warehouse.duckdb/main.customers_dim',

  desk: 'service:desk/support-desk',
  billing: 'service:desk/billing',
  client: 'client:desk/support-desk',
  triage: 'agent:desk/support-desk/triage',
  knowledge: 'agent:desk/support-desk/knowledge',
  notifier: 'agent:desk/support-desk/notifier',
  followUp: 'agent:desk/support-desk/follow-up',
  billingAgent: 'agent:desk/billing/billing',
  lookUp: 'tool:desk/support-desk/look_up_customer',
  searchNotes: 'tool:desk/support-desk/search_notes',
  sendMail: 'tool:desk/support-desk/send_mail',
  issueRefund: 'tool:desk/billing/issue_refund',
  nightly: 'job:desk/nightly_customers',

  model: `model:brightmind/${MODEL}@${LLM_HOST}`,
  llmCompany: 'recipient:brightmind.example',
  mailCompany: 'recipient:parcelpost.example',
} as const;

export const SERVICE_NAMESPACE = 'desk';
export const JOB = { namespace: 'desk', name: 'nightly_customers' } as const;
