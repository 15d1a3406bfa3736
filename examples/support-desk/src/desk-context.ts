import type { StoreHandle } from '@vestige/sdk';
import type { DeskConfig } from './config.ts';
import type { Ledger } from './ledger.ts';
import type { BillingBooks } from './stores/billing-books.ts';
import type { Crm, Customer } from './stores/crm.ts';
import type { FollowUpQueue } from './stores/follow-up-queue.ts';
import type { Notes } from './stores/notes.ts';

/** A message as it comes in. */
export interface Message {
  readonly contact: string;
  readonly by: 'email' | 'phone';
  readonly text: string;
}

/** What the agents of the desk work with: stores, the handles that tell lineage about them, and the model. */
export interface Desk {
  readonly config: DeskConfig;
  readonly ledger: Ledger;
  readonly crm: Crm;
  readonly notes: Notes;
  readonly followUps: FollowUpQueue;
  readonly customers: StoreHandle<string>;
  readonly tickets: StoreHandle<string>;
  readonly memory: StoreHandle<string>;
  /** Asks the model of an outside company. */
  ask(customer: Customer, question: string): Promise<string>;
}

/** The same for the billing process. */
export interface BillingDesk {
  readonly config: DeskConfig;
  readonly ledger: Ledger;
  readonly books: BillingBooks;
  readonly invoices: StoreHandle<string>;
  readonly refunds: StoreHandle<string>;
}
