import type { components } from '../api/schema.d.ts';
import { many } from './many.ts';

type Schemas = components['schemas'];

/** What the console says about requests. Codes of the law are said in words; the code itself stays visible beside them. */
export const requests = {
  list: {
    title: 'Requests',
    lead: 'What people have asked for, nearest deadline first.',
    add: 'New request',
    filters: {
      label: 'Filters',
      open: 'Open',
      overdue: 'Overdue',
      week: 'Due within seven days',
      all: 'All, ended too',
      type: 'Right',
      anyType: 'Every right',
      state: 'State',
      anyState: 'Every state',
      clear: 'Clear filters',
    },
    columns: {
      request: 'Request',
      state: 'State',
      progress: 'Work done',
      due: 'Due',
      filed: 'Filed',
    },
    sortBy: (column: string) => `Sort by ${column.toLowerCase()}`,
    caption: 'Requests',
    ended: 'ended',
    more: 'Show more',
    shown: (count: number) => many(count, 'request shown', 'requests shown'),
    none: {
      title: 'No request matches',
      lead: 'Nothing is in this state now. Clear the filters to see the others.',
    },
    nobody: {
      title: 'Nobody has asked for anything yet',
      lead: 'When a person asks for a copy of their data or to be forgotten, file it here: the clock starts on the day it reached you.',
    },
  },
  regimes: { gdpr: 'GDPR', uk: 'UK GDPR', ccpa: 'CCPA', lgpd: 'LGPD', hipaa: 'HIPAA' } as Readonly<
    Record<Schemas['Request']['regime'], string>
  >,
  typeLeads: {
    access: 'A copy of everything, and an account of who had it (Art. 15).',
    portability: 'What the person provided, to take along (Art. 20).',
    erasure: 'Everything is deleted, everywhere, and proven (Art. 17).',
    restriction: 'Data is kept and not used (Art. 18).',
    objection: 'A use of the data is stopped until it is decided (Art. 21).',
    rectification: 'What is wrong is put right, everywhere (Art. 16).',
  } as Readonly<Record<Schemas['Request']['type'], string>>,
  grounds: {
    'eu-gdpr:JustificationA17NonNecessity': 'No longer needed for its purpose (17(1)(a))',
    'eu-gdpr:JustificationA17NoLegalBasis': 'Consent was withdrawn, and there is no other basis (17(1)(b))',
    'eu-gdpr:JustificationA17ObjectA21': 'The person objected, and nothing overrides it (17(1)(c))',
    'eu-gdpr:JustificationA17UnlawfulProcessing': 'It was processed unlawfully (17(1)(d))',
    'eu-gdpr:JustificationA17LegalErasure': 'A law demands erasure (17(1)(e))',
    'eu-gdpr:JustificationA17ChildData': 'Collected from a child online (17(1)(f))',
    'vestige:accuracy-contested': 'Accuracy is contested (18(1)(a))',
    'vestige:unlawful-processing': 'Unlawful, but the person wants no erasure (18(1)(b))',
    'vestige:needed-for-claims': 'The person needs it for legal claims (18(1)(c))',
    'vestige:objection-pending': 'An objection is being decided (18(1)(d))',
    'vestige:particular-situation': 'Particular situation of the person (21(1))',
    'vestige:direct-marketing': 'Direct marketing (21(2)), absolute',
  },
  problem: {
    legal: (events: string) => `Possible now: ${events}.`,
    call: (id: string) => `Call ${id}`,
    plan_changed: 'The plan has changed since you looked. Read it again, then approve.',
    purpose: 'Say first why you look at people.',
    retry: 'This may work in a moment.',
  },
} as const;
